-- One row for each line that `wsdoctor … -o summary` prints (wsdoctor.summary/v1), in a bucket of yours.
CREATE EXTERNAL TABLE IF NOT EXISTS wsdoctor_summary (
  `schema` string, run string, made_at string, desk string, site string, culprit string,
  status string, layer string, code string, demo string, redacted string, summary string, owner string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true', 'mapping.made_at' = 'at')
LOCATION 's3://DOC-EXAMPLE-BUCKET/wsdoctor/';

-- How many desks one thing keeps away, and since when: what `wsdoctor fleet --unweighed` says.
-- wsdoctor: groups
WITH once AS (
  SELECT run, min(from_iso8601_timestamp(made_at)) AS made_at, min(desk) AS desk, min(site) AS site, min(culprit) AS culprit, min(status) AS status,
         coalesce(min(layer), '') AS layer, min(code) AS code, coalesce(min(redacted), '') AS redacted
  FROM wsdoctor_summary WHERE schema = 'wsdoctor.summary/v1' AND coalesce(demo, '') = ''
  GROUP BY run
), reports AS (
  SELECT *, row_number() OVER (PARTITION BY desk ORDER BY made_at DESC, run DESC) AS latest,
         min(made_at) OVER (PARTITION BY desk, status, layer, code, culprit, redacted) AS since
  FROM once
)
SELECT status, layer, code, culprit, count(*) AS desks, count(DISTINCT site) AS sites, min(since) AS since, max(made_at) AS last
FROM reports WHERE latest = 1
GROUP BY status, layer, code, culprit, redacted
ORDER BY array_position(ARRAY['fault', 'degraded', 'inconclusive', 'ok'], status), desks DESC, code, culprit;
