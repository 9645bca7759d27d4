-- The other floor of bench/create.py, without counter row and NOTIFY: what a create costs the database alone, as pgbench runs it with prepared statements, on
-- tables with the columns and indexes of the real ones (bench/create.py makes them by LIKE … INCLUDING ALL).
-- Seven statements: look for the retry, find the grid, take a number from a sequence, insert the case, its first event and its clock, queue a
-- job quietly.
\set lon random(1027000000, 1027009999)
\set lat random(250410000, 250419999)
BEGIN;
SELECT answer FROM bench_receipt WHERE uuid = gen_random_uuid();
SELECT code FROM territory_unitgrid WHERE ST_Covers(shape, ST_SetSRID(ST_MakePoint(:lon / 1e7::float8, :lat / 1e7::float8), 4490)) ORDER BY code LIMIT 1;
SELECT nextval('bench_number');
INSERT INTO bench_case (id, number, stage, channel, reported_at, description, lon_e7, lat_e7, county, township, community, unit_grid, category, due_at) VALUES (gen_random_uuid(), gen_random_uuid()::text::char(24), 'reported', 'web', now(), '垃圾桶旁堆了一地垃圾，已经两天没有人清理。', :lon, :lat, '530102', '530102001', '530102001001', '530102001001001', 'GB/T 47678.5-2026/matter/06001', now());
INSERT INTO bench_event (chain, seq, step, at, data, note, canonical, prev, hash, kind, role) VALUES (gen_random_uuid(), 1, 'report', now(), '{"step": "report", "stage": "reported", "description": "垃圾桶旁堆了一地垃圾，已经两天没有人清理。"}', '', decode(repeat('7b', 600), 'hex'), decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 'reporter', '');
INSERT INTO bench_clock (case_id, index, kind, amount, unit, season, started_at, due_at, base_at, base_left, "left", pauses) VALUES (gen_random_uuid(), 1, 'accept', '10', '值班分钟', '', now(), now(), now(), '10', '', '[]');
INSERT INTO bench_quiet_job (task) VALUES ('notify');
COMMIT;
