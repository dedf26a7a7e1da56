/** The command that a line names, whatever else is wrong with it. */
export function commandName(argv: readonly string[]): string | undefined {
  return argv.find((word, i) => !word.startsWith("-") && argv[i - 1] !== "--workspace");
}
