-- The floor of bench/create.py: what a create costs the database alone, as pgbench runs it with prepared statements.
-- Seven statements: look for the retry, find the place, take a number from the day's counter row, insert the case,
-- its first event and its clock, queue a job whose insertion notifies. :counter and :notify choose the form.
\set lon random(1026600000, 1027600000)
\set lat random(249900000, 250900000)
\set n random(1, 2000000000)
BEGIN;
SELECT answer FROM bench_receipt WHERE id = :n;
SELECT code FROM bench_place WHERE shape @> point(:lon, :lat) ORDER BY code LIMIT 1;
UPDATE bench_counter SET last = last + 1 WHERE day = 1 RETURNING last;
INSERT INTO bench_case (lon, lat, words, county) VALUES (:lon, :lat, '垃圾桶旁堆了一地垃圾', '530102');
INSERT INTO bench_event (chain, seq, data, canonical, hash) VALUES (gen_random_uuid(), 1, '{"step": "report", "stage": "reported"}', decode(repeat('7b', 300), 'hex'), decode(repeat('00', 32), 'hex'));
INSERT INTO bench_clock (kind, due_at) VALUES ('accept', now() + interval '10 minutes');
INSERT INTO bench_job (task) VALUES ('notify');
COMMIT;
