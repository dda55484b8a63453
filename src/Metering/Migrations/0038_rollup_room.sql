-- Every intake of a quarter hour adds to its rows again. Room on their pages, as those of usage_summary have, keeps that off the indexes and the table from growing by a row for
-- each: adding cost twice as much. A setting of pages that are still to be written; none is touched.
ALTER TABLE usage_rollup SET (fillfactor = 80);
