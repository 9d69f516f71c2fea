// Sentences in the language of the page. The server's catalogue stands before the scripts where a page is not in
// English; without it they are English.

const filled = (text, fields) => text.replace(/%\((\w+)\)s/g, (_field, name) => fields[name]);

// `fields` are what the text leaves open, as %(name)s.
export const gettext = (text, fields = {}) => filled(globalThis.django?.gettext?.(text) ?? text, fields);

// By a number, which is also the field `number`.
export const ngettext = (one, several, number, fields = {}) =>
  filled(globalThis.django?.ngettext?.(one, several, number) ?? (number === 1 ? one : several), { number, ...fields });
