/** Bodies between services: JSON in UTF-8, read without what strangers' bodies would need. */
import { Refused } from '@firesteel/decider/refused';
import type { RequestHandler } from 'express';

/** Larger ones are refused, and not kept. */
const mostBytes = 4 * 1024 * 1024;

/** Puts the parsed body of a request into `request.body`; passes a Refused on for one that is too large or no JSON. */
export const jsonBody: RequestHandler = (request, _response, next) => {
  if (!request.headers['content-type']?.startsWith('application/json')) return next();
  const chunks: Buffer[] = [];
  let size = 0;
  request
    .on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) chunks.push(chunk);
    })
    .on('error', next)
    .on('end', () => {
      if (size > mostBytes)
        return next(new Refused('Invalid', `The body is larger than ${mostBytes} bytes.`));
      try {
        request.body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      } catch {
        return next(new Refused('Invalid', 'The body is no JSON.'));
      }
      next();
    });
};
