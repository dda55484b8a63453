-- How far a batch is, which callers ask all the time, is counted without reading its answers.
CREATE INDEX batch_item_states ON batch_item (batch_id, state);
