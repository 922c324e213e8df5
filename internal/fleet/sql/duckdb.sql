-- One row for each report, from what `wsdoctor … -o summary` prints (wsdoctor.summary/v1).
CREATE TABLE IF NOT EXISTS wsdoctor_summary (
  run        text PRIMARY KEY,
  made_at    timestamptz NOT NULL,
  desk       text NOT NULL,
  site       text NOT NULL,
  culprit    text NOT NULL,
  status     text NOT NULL,
  layer      text NOT NULL,
  code       text NOT NULL,
  demo       text NOT NULL,
  redacted   text NOT NULL,
  record     json NOT NULL
);

-- wsdoctor: load
INSERT OR IGNORE INTO wsdoctor_summary
SELECT r->>'run', (r->>'at')::timestamptz, r->>'desk', r->>'site', r->>'culprit', r->>'status', coalesce(r->>'layer', ''),
       r->>'code', coalesce(r->>'demo', ''), coalesce(r->>'redacted', ''), r
FROM (SELECT json AS r FROM read_json_objects('summaries.ndjson', format = 'newline_delimited'))
WHERE r->>'schema' = 'wsdoctor.summary/v1';

-- How many desks one thing keeps away, and since when: what `wsdoctor fleet --unweighed` says.
-- wsdoctor: groups
WITH reports AS (
  SELECT *, row_number() OVER (PARTITION BY desk ORDER BY made_at DESC, run DESC) AS latest,
         min(made_at) OVER (PARTITION BY desk, status, layer, code, culprit, redacted) AS since
  FROM wsdoctor_summary WHERE demo = ''
)
SELECT status, layer, code, culprit, count(*) AS desks, count(DISTINCT site) AS sites, min(since) AS since, max(made_at) AS last
FROM reports WHERE latest = 1
GROUP BY status, layer, code, culprit, redacted
ORDER BY list_position(['fault', 'degraded', 'inconclusive', 'ok'], status), desks DESC, code, culprit;
