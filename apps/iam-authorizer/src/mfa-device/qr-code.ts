/** Text as a QR code in a PNG image: one bit a pixel, black on white (ISO/IEC 15948). */
import { crc32, deflateSync } from 'node:zlib';
import qrcode from 'qrcode-generator';

/** Pixels of a module, and modules of the white edge around all of them (ISO/IEC 18004). */
const scale = 4;
const quietModules = 4;

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([word(data.length), content, word(crc32(content))]);
}

/** A row of pixels: which filter it was written with (none), then eight pixels a byte; 1 is white. */
function rowOf(width: number, isDark: (x: number) => boolean): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8));
  for (let x = 0; x < width; x += 1)
    if (!isDark(x)) row[1 + (x >> 3)] = (row[1 + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
  return row;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const oneBitGrey = Buffer.from([1, 0, 0, 0, 0]);

/** @param text ASCII */
export function qrCodePng(text: string): Buffer {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const modules = code.getModuleCount();
  const width = (modules + 2 * quietModules) * scale;
  const place = (pixel: number): number => Math.floor(pixel / scale) - quietModules;
  const isIn = (module: number): boolean => module >= 0 && module < modules;
  const isDark = (x: number, y: number): boolean =>
    isIn(place(x)) && isIn(place(y)) && code.isDark(place(y), place(x));
  const rows = Array.from({ length: width }, (_, y) => rowOf(width, (x) => isDark(x, y)));
  return Buffer.concat([
    signature,
    chunk('IHDR', Buffer.concat([word(width), word(width), oneBitGrey])),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
