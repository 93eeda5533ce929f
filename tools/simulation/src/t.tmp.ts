import { openSimulatedDatabase } from './services/database.ts';

let t = performance.now();
const db = await openSimulatedDatabase();
console.log('open', performance.now() - t);
t = performance.now();
db.clear();
console.log('clear', performance.now() - t);
t = performance.now();
db.clear();
console.log('clear', performance.now() - t);
