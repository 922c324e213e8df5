-- One row for each report, from what `wsdoctor … -o summary` prints (wsdoctor.summary/v1).
CREATE TABLE IF NOT EXISTS wsdoctor_summary (
  run        String,
  made_at    DateTime64(6, 'UTC'),
  desk       String,
  site       String,
  culprit    String,
  status     LowCardinality(String),
  layer      LowCardinality(String),
  code       LowCardinality(String),
  demo       String,
  redacted   String,
  record     String
) ENGINE = ReplacingMergeTree ORDER BY run;

-- wsdoctor: load
INSERT INTO wsdoctor_summary
SELECT JSONExtractString(line, 'run'), parseDateTime64BestEffort(JSONExtractString(line, 'at'), 6, 'UTC'), JSONExtractString(line, 'desk'),
       JSONExtractString(line, 'site'), JSONExtractString(line, 'culprit'), JSONExtractString(line, 'status'), JSONExtractString(line, 'layer'),
       JSONExtractString(line, 'code'), JSONExtractString(line, 'demo'), JSONExtractString(line, 'redacted'), line
FROM file('summaries.ndjson', 'LineAsString')
WHERE JSONExtractString(line, 'schema') = 'wsdoctor.summary/v1';

-- How many desks one thing keeps away, and since when: what `wsdoctor fleet --unweighed` says.
-- wsdoctor: groups
WITH reports AS (
  SELECT *, row_number() OVER (PARTITION BY desk ORDER BY made_at DESC, run DESC) AS latest,
         min(made_at) OVER (PARTITION BY desk, status, layer, code, culprit, redacted) AS since
  FROM wsdoctor_summary FINAL WHERE demo = ''
)
SELECT status, layer, code, culprit, count() AS desks, uniqExact(site) AS sites, min(since) AS since_first, max(made_at) AS last
FROM reports WHERE latest = 1
GROUP BY status, layer, code, culprit, redacted
ORDER BY indexOf(['fault', 'degraded', 'inconclusive', 'ok'], status), desks DESC, code, culprit;
