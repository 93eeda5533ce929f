import { inflateSync } from 'node:zlib';
import { qrCodePng } from './qr-code.ts';

/** `#` for black, pixel by pixel, after the checks that every reader makes. */
function pixels(png: Buffer): string[] {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  for (let place = 8; place < png.length; ) {
    const length = png.readUInt32BE(place);
    const data = png.subarray(place + 8, place + 8 + length);
    chunks.set(png.toString('latin1', place + 4, place + 8), data);
    place += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const width = chunks.get('IHDR')?.readUInt32BE(0) ?? 0;
  const bytes = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  const stride = 1 + Math.ceil(width / 8);
  expect(bytes).toHaveLength(stride * width);
  return Array.from({ length: width }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const byte = bytes[y * stride + 1 + (x >> 3)] ?? 0;
      return byte & (0x80 >> (x & 7)) ? ' ' : '#';
    }).join(''),
  );
}

it('draws a QR code with its three corners and a white edge', () => {
  const rows = pixels(qrCodePng('otpauth://totp/phone@123456789012?secret=ABC'));
  const scale = 4;
  const modules = rows
    .filter((_, y) => y % scale === 0)
    .map((row) => [...row].filter((_, x) => x % scale === 0).join(''));
  expect(modules.slice(0, 4).join('').trim()).toBe('');
  const finder = ['#######', '#     #', '# ### #', '# ### #', '# ### #', '#     #', '#######'];
  const corner = (y: number, x: number): string[] =>
    modules.slice(y, y + 7).map((row) => row.slice(x, x + 7));
  const far = modules.length - 4 - 7;
  expect([corner(4, 4), corner(4, far), corner(far, 4)]).toEqual([finder, finder, finder]);
});
