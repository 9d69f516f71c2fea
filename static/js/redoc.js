// No search (it would run in a worker made from text) and no fonts from elsewhere.
const place = document.getElementById("redoc");
const fontFamily = "system-ui, sans-serif";
Redoc.init(
  place.dataset.schema,
  {
    disableSearch: true,
    nonce: place.dataset.nonce,
    theme: { typography: { fontFamily, headings: { fontFamily } } },
  },
  place,
);
