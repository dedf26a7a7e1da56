export function renderJinja(
  template: string,
  variables: { readonly [name: string]: unknown },
  escape: (text: string) => string,
): string {
  throw new Error(`not yet: ${template.length} ${Object.keys(variables).length} ${escape("")}`);
}
