import type { ServiceModel } from '../service-model.ts';
import { percentDecoded } from '../wire-text.ts';

/** The operation a request is for, and the decoded labels of its path by member name. */
export type Match = { operation: string; labels: Record<string, string> };

/** Finds the operation of a method and an undecoded path without its query. */
export type Route = (method: string, rawPath: string) => Match | undefined;

type Pattern = { operation: string; method: string; segments: { text: string; label: boolean }[] };

const patternsOf = (model: ServiceModel): Pattern[] =>
  Object.values(model.operations).map(({ name, http }) => ({
    operation: name,
    method: http.method,
    segments: http.requestUri
      .slice(1)
      .split('/')
      .map((text) =>
        text.startsWith('{') ? { text: text.slice(1, -1), label: true } : { text, label: false },
      ),
  }));

const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** The undecoded segments of a path; none of one that no operation may have. */
function segmentsOf(rawPath: string): string[] {
  const segments = rawPath.slice(1).split('/');
  const refused = !rawPath.startsWith('/') || segments.some((segment) => DOT_SEGMENT.test(segment));
  return refused ? [] : segments;
}

function match(pattern: Pattern, segments: string[]): Record<string, string> | undefined {
  if (pattern.segments.length !== segments.length) return undefined;
  const labels: [string, string][] = [];
  for (const [index, { text, label }] of pattern.segments.entries()) {
    const segment = segments[index] as string;
    if (label) labels.push([text, segment]);
    else if (segment !== text) return undefined;
  }
  return Object.fromEntries(labels.map(([name, raw]) => [name, percentDecoded(raw, name)]));
}

/**
 * Makes the router of a rest-json service. Segments are split before anything is decoded, so an ARN
 * whose slashes are `%2F` is one label; empty labels match, and validation refuses them (behaviour
 * 9). Paths with `.` or `..` segments match nothing: SigV4 signs the normalised path, so they must
 * not name another operation than the one signed. Throws `ValidationException` for a label that is
 * not percent-encoded UTF-8.
 */
export function createRouter(model: ServiceModel): Route {
  const patterns = patternsOf(model);
  return (method, rawPath) => {
    const segments = segmentsOf(rawPath);
    for (const pattern of patterns.filter((candidate) => candidate.method === method)) {
      const labels = match(pattern, segments);
      if (labels !== undefined) return { operation: pattern.operation, labels };
    }
    return undefined;
  };
}
