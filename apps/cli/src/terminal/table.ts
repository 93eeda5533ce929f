/** Text in columns. */

/** `right` for numbers. */
export type Column = { readonly title: string; readonly align: 'left' | 'right' };

const blanks = (count: number): string => ' '.repeat(Math.max(0, count));

/**
 * Lines of a table, columns as wide as their widest cell, two blanks apart, no blanks at line ends.
 * @param paintCell colours a padded cell; row −1 is the title
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paintCell: (text: string, row: number, column: number) => string = (text) => text,
): string[] {
  const titles = columns.map((column) => column.title);
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...rows].map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[], row: number): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? '';
        const fill = blanks((widths[index] ?? 0) - cell.length);
        return paintCell(align === 'right' ? fill + cell : cell + fill, row, index);
      })
      .join('  ')
      .trimEnd();
  return [line(titles, -1), ...rows.map(line)];
}
