// Node's own type stripping as Jest's transformer: positions stay exact, no source maps, no compiler.
import { stripTypeScriptTypes } from 'node:module';

export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
