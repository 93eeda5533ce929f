/** reference_policies_elements_condition_operators, IP address; RFC 4291 and 4632 for what an address is. */
import { holds } from '../test/cases.ts';

it.each<[string, string | string[], string, boolean]>([
  ['the page: first of the range', '203.0.113.0/24', '203.0.113.0', true],
  ['the page: last of the range', '203.0.113.0/24', '203.0.113.255', true],
  ['the page: outside', '203.0.113.0/24', '203.0.114.0', false],
  ['without a prefix: /32', '203.0.113.7', '203.0.113.7', true],
  ['without a prefix: /32', '203.0.113.7', '203.0.113.8', false],
  ['everything', '0.0.0.0/0', '255.255.255.255', true],
  ['one bit', '128.0.0.0/1', '200.1.1.1', true],
  ['one bit', '128.0.0.0/1', '127.255.255.255', false],
  ['31 bits', '10.0.0.0/31', '10.0.0.1', true],
  ['31 bits', '10.0.0.0/31', '10.0.0.2', false],
  ['bits of the host do not count', '203.0.113.77/24', '203.0.113.1', true],
  ['the page: both versions', ['203.0.113.0/24', '2001:DB8:1234:5678::/64'], '203.0.113.9', true],
  [
    'the page: both versions',
    ['203.0.113.0/24', '2001:DB8:1234:5678::/64'],
    '2001:db8:1234:5678::9',
    true,
  ],
  [
    'the page: both versions',
    ['203.0.113.0/24', '2001:DB8:1234:5678::/64'],
    '2001:db8:1234:5679::9',
    false,
  ],
  ['IPv6 without a prefix: /128', '2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
  ['IPv6 without a prefix: /128', '2001:db8::1', '2001:db8::2', false],
  ['a prefix within a group', '2001:db8::/33', '2001:db8:7fff::1', true],
  ['a prefix within a group', '2001:db8::/33', '2001:db8:8000::1', false],
  ['all of IPv6 is not IPv4', '::/0', '203.0.113.7', false],
  ['all of IPv6', '::/0', 'fe80::1', true],
  ['IPv4 in IPv6 is IPv4', '203.0.113.0/24', '::ffff:203.0.113.7', true],
  ['IPv4 in IPv6 is IPv4', '203.0.113.0/24', '::ffff:cb00:7107', true],
  ['a range of IPv4 in IPv6', '::ffff:203.0.113.0/120', '203.0.113.7', true],
  ['what is no address is in no range', '0.0.0.0/0', '203.0.113', false],
  ['nor with leading zeros', '0.0.0.0/0', '010.0.0.1', false],
  ['nor with too much', '0.0.0.0/0', '1.2.3.256', false],
  ['nor with two gaps', '::/0', '1::2::3', false],
  ['nor with too many groups', '::/0', '1:2:3:4:5:6:7:8:9', false],
  ['nor with too few', '::/0', '1:2:3:4:5:6:7', false],
  ['nor with a gap of nothing', '::/0', '1:2:3:4::5:6:7:8', false],
  ['nor with an IPv4 address before the gap', '::/0', '1.2.3.4::', false],
  ['nor a range itself', '10.0.0.0/8', '10.0.0.0/8', false],
])('%s: %j contains %s is %s', (_name, stated, requested, expected) => {
  const context = { 'aws:SourceIp': requested };
  expect(holds({ IpAddress: { 'aws:SourceIp': stated } }, context)).toBe(expected);
  expect(holds({ NotIpAddress: { 'aws:SourceIp': stated } }, context)).toBe(!expected);
});
