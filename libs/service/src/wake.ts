/** A poke to the ledger after an append: a datagram that may be lost, since it also looks by itself. */
import { createSocket } from 'node:dgram';

/** Sends one empty-ish datagram a call; never fails, never keeps the process alive. */
export const createWaker = (port: number): (() => void) => {
  const socket = createSocket('udp4');
  socket.unref();
  socket.on('error', () => {});
  return () => socket.send('w', port, '127.0.0.1', () => {});
};
