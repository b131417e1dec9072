"""Calculators and scores: formulas as small functions, everything a person reads as data.

To add one:

1. Data. Write a `[[calculator]]` row in the file of its group under `data/`: `id` (words with
   hyphens), `title`, `inputs` (names from `data/fields.toml`, in the order asked), `optional`,
   `unit`, `decimals` of the shown value, `formula` in words, `source` (authors, journal, year,
   pages), `not_for`, and `bands`: rules such as "below 18.5: Underweight", of which the first that
   holds for the rounded value is shown. Signs are `below`, `up to`, `at least`, `over` and
   `otherwise`. `input.NAME = {...}` adds an input of its own or narrows a shared one (`label`,
   `quantity` from `data/units.toml`, `hard` and `soft` range in the canonical unit, or
   `kind = "choice"` with `choices`, `kind = "date"`; without `quantity` and `kind` it is a yes-no).
   `labels` name the worked steps, `texts` the refusals and notes, `tables` hold coefficients.
2. A score needs no code: give `items`, each with `label`, `input` and either `points` (yes-no;
   `when = false` scores an absence), `rules` (number to points) or `choices`; `parts = [...]` takes
   the highest of several; `only = "female"` limits an item; `function` names an entry of
   `severity.POINTS` for an item that looks at several numbers and gives lowest and highest points;
   `any = [...]` with `least` counts yes-no inputs; `by` with `cases` lets another input, such as
   the age, decide which part counts. `combine = "highest"` takes the worst item instead of the
   sum, and `shape = "class"` shows the name of the band, not the number. `asked` spells out a
   questionnaire: groups of `labels` with `points` (the answers) or `gives` (points of a yes).
   `measure = "NAME"` needs only bands; `lookup = { number, choice }` reads `rules` tables whose
   rows are "below 15: 1 | what it means", a row without a bar being a refusal.
3. An equation is a function from `Values` to `Answer` in the module of its body system, entered in
   that module's `FORMULAS` under the calculator's id. It raises `NotDefined("key")` where there is
   no answer, `key` being an entry of `texts`. A new module is added to `registry.FORMULAS`, a new
   data file to `registry.GROUPS`.
4. Tests: at least three vectors worked by hand from the publication in
   `tests/data/calculators*.toml`, edges of every band among them (`rest` fills all other inputs).
"""
