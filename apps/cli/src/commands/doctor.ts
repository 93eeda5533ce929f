/** `firesteel doctor`: what this machine offers, what that means, and what mends it. */
import { diagnose, type Finding } from '../doctor/diagnosis.ts';
import { lookAtMachine } from '../doctor/machine.ts';
import type { Paint } from '../terminal/paint.ts';
import type { CommandContext } from './context.ts';

const marks: Readonly<Record<Finding['level'], readonly [string, 'green' | 'yellow' | 'red']>> = {
  good: ['✓', 'green'],
  note: ['·', 'yellow'],
  bad: ['✗', 'red'],
};

/** The lines that `doctor` prints: a mark, the subject, the sentence. */
export function doctorLines(findings: readonly Finding[], paint: Paint): string[] {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  return findings.map(({ level, subject, text }) => {
    const [mark, colour] = marks[level];
    return `${paint[colour](mark)} ${subject.padEnd(width)}  ${text}`;
  });
}

/** @returns the exit code: 1 when something keeps Firesteel from running */
export async function doctorCommand({
  config,
  layout,
  repoDir,
  paint,
  say,
}: CommandContext): Promise<number> {
  const findings = diagnose(await lookAtMachine(config, layout, repoDir));
  for (const line of doctorLines(findings, paint)) say(line);
  return findings.some(({ level }) => level === 'bad') ? 1 : 0;
}
