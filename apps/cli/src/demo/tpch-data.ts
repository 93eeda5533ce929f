/** The data of the demo: TPC-H tables as Parquet, made once and uploaded where missing. */
import { execFile } from 'node:child_process';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

const run = promisify(execFile);

/** 0.5 GB of raw data, some 150 MB of Parquet. */
export const scaleFactor = '0.5';

/** A local file and where it belongs. */
export type Upload = { readonly file: string; readonly key: string };

/**
 * Makes the tables when they are not there yet; a half-made set is never taken for whole.
 * @returns the directory with `<table>.parquet` files
 */
export async function ensureTables(
  cacheDir: string,
  tpchgen: string,
  say: (line: string) => void,
): Promise<string> {
  const dir = join(cacheDir, 'tpch', `sf${scaleFactor}`);
  if (existsSync(dir)) return dir;
  say(`Making TPC-H tables, scale factor ${scaleFactor} (once) …`);
  const draft = `${dir}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  await run(tpchgen, ['parquet', '-s', scaleFactor, '--output-dir', draft]);
  renameSync(draft, dir);
  return dir;
}

/** Every table with its key below a prefix. */
export const tableUploads = (dir: string, prefix: string): Upload[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => ({ file: join(dir, name), key: `${prefix}/${name}` }));

const sizeOf = (file: string): number => statSync(file).size;

/** Bytes of all files. */
export const totalBytes = (uploads: readonly Upload[]): number =>
  uploads.reduce((sum, { file }) => sum + sizeOf(file), 0);

async function isThere(s3: S3Client, bucket: string, { file, key }: Upload): Promise<boolean> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.ContentLength === sizeOf(file);
  } catch (error) {
    if (error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey'))
      return false;
    throw error;
  }
}

/** Puts one file. */
export async function upload(s3: S3Client, bucket: string, { file, key }: Upload): Promise<void> {
  const Body = createReadStream(file);
  await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: sizeOf(file) }),
  );
}

/**
 * Puts the files that are not there in the same size.
 * @returns the names of those that were put
 */
export async function uploadMissing(
  s3: S3Client,
  bucket: string,
  uploads: readonly Upload[],
): Promise<string[]> {
  const put: string[] = [];
  for (const each of uploads) {
    if (await isThere(s3, bucket, each)) continue;
    await upload(s3, bucket, each);
    put.push(basename(each.file));
  }
  return put;
}
