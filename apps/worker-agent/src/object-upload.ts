/** PUT of one file to S3, signed over the file's digest. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ObjectAddress } from './log-layout.ts';
import { askS3, type S3Target } from './s3-request.ts';

const digestOfFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};

/** Puts a file. Throws with S3's status and words when it is refused, or when no answer came in two minutes. */
export const putFile = async (
  file: string,
  address: ObjectAddress,
  contentType: string,
  target: S3Target,
): Promise<void> => {
  const headers = { 'content-type': contentType, 'content-length': String(statSync(file).size) };
  const digest = await digestOfFile(file);
  const answer = await askS3({ method: 'PUT', address, headers, body: { file }, digest }, target);
  if (answer.status !== 200) {
    throw new Error(`PUT ${address.key}: ${answer.status} ${answer.body.slice(0, 300)}`);
  }
};

/** Compresses a file, as much of it as there is now, beside itself and puts the result. Throws as {@link putFile}. */
export const putCompressed = async (
  file: string,
  address: ObjectAddress,
  target: S3Target,
): Promise<void> => {
  const compressed = `${file}.gz`;
  try {
    await pipeline(createReadStream(file), createGzip({ level: 4 }), createWriteStream(compressed));
    await putFile(compressed, address, 'application/gzip', target);
  } finally {
    await rm(compressed, { force: true });
  }
};
