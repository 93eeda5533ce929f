import { createServer } from 'node:net';
import { assignPorts, type PortProbe, type PortWishes, probePort } from './ports.ts';

const wishes: PortWishes = {
  names: ['postgres', 'billing'],
  gatewayPort: undefined,
  kept: {},
  running: new Set(),
  random: 0,
};
const allFree: PortProbe = async () => true;
const taken =
  (...ports: number[]): PortProbe =>
  async (_name, port) =>
    !ports.includes(port);

describe('assignPorts', () => {
  it('takes 4580 and free ports below the ephemeral range', async () => {
    expect(await assignPorts(wishes, taken(21_000))).toEqual({
      gateway: 4580,
      postgres: 21_001,
      billing: 21_002,
    });
    const last = await assignPorts({ ...wishes, random: 0.99999 }, allFree);
    expect(Object.values(last).every((port) => port < 32_768)).toBe(true);
  });
  it('keeps what it chose, unless a stranger holds it', async () => {
    const kept = { gateway: 4580, postgres: 25_000, billing: 25_001 };
    expect(await assignPorts({ ...wishes, kept }, allFree)).toEqual(kept);
    expect(await assignPorts({ ...wishes, kept }, taken(25_001))).toEqual({
      ...kept,
      billing: 21_000,
    });
  });
  it('keeps the ports of what runs', async () => {
    const kept = { gateway: 4580, postgres: 25_000, billing: 25_001 };
    const running = new Set(['gateway', 'postgres', 'billing']);
    const nothingFree: PortProbe = async () => false;
    expect(await assignPorts({ ...wishes, kept, running }, nothingFree)).toEqual(kept);
  });
  it('steps aside at the first start of a second checkout', async () => {
    expect((await assignPorts(wishes, taken(4580, 4581)))['gateway']).toBe(4582);
  });
  it('says so when the wanted or kept gateway port is taken', async () => {
    const message = /Port 4580 is taken by another program.*FIRESTEEL_PORT/;
    const wanted = { ...wishes, gatewayPort: 4580 };
    await expect(assignPorts(wanted, taken(4580))).rejects.toThrow(message);
    const kept = { ...wishes, kept: { gateway: 4580 } };
    await expect(assignPorts(kept, taken(4580))).rejects.toThrow(message);
  });
});

describe('probePort', () => {
  it('sees who listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await probePort('billing', port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await probePort('billing', port)).toBe(true);
    expect(await probePort('ledger-wake', port)).toBe(true);
  });
});
