package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"wsdoctor/internal/words"
)

func embeddedData(t testing.TB) fs.FS {
	t.Helper()
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEmbeddedDataIsClean(t *testing.T) {
	if _, err := parse(embeddedData(t)); err != nil {
		t.Error(err)
	}
}

// The name in the data and that of the catalogue of messages are one.
func TestEveryRegionHasAName(t *testing.T) {
	for _, r := range loaded(t).Regions() {
		if got := words.English().Tell(r.Named()); got != r.Name {
			t.Errorf("%s: %q, the data say %q", r.ID, got, r.Name)
		}
	}
}

// encoding/json lets the last of two equal keys win without a word.
func TestEmbeddedDataRepeatsNoKey(t *testing.T) {
	data := embeddedData(t)
	files, err := fs.Glob(data, "*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		b, err := fs.ReadFile(data, file)
		if err != nil {
			t.Fatal(err)
		}
		if err := repeatedKey(json.NewDecoder(bytes.NewReader(b))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if repeatedKey(json.NewDecoder(strings.NewReader(`[{"a": {"b": 1, "b": 2}}]`))) == nil {
		t.Error("a repeated key was not found")
	}
}

func repeatedKey(d *json.Decoder) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	delim, nested := tok.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if k := key.(string); seen[k] {
				return fmt.Errorf("key %q is repeated", k)
			} else {
				seen[k] = true
			}
		}
		if err := repeatedKey(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// small is a catalog of two Regions that is right; broken takes it apart.
var small = map[string]string{
	"sources.json": `{"p": {"title": "A page", "date": "2026-10"}}`,
	"global.json": `{
 "roles": [
  {"id": "broker", "purpose": "P.", "layer": "auth-gateway", "transport": "tcp", "scheme": "https", "port": 443, "path": "/ping", "required": true, "probe": true, "expect": "healthy", "source": "p", "as_of": "2026-10"},
  {"id": "session-broker", "purpose": "P.", "layer": "auth-gateway", "transport": "tcp", "scheme": "https", "port": 443, "path": "/", "probe": true, "expect": "any-http", "source": "p", "as_of": "2026-10"},
  {"id": "login", "purpose": "P.", "layer": "auth-gateway", "transport": "tcp", "scheme": "https", "port": 443, "path": "/", "probe": true, "expect": "any-http", "source": "p", "as_of": "2026-10"},
  {"id": "directory-settings", "purpose": "P.", "layer": "auth-gateway", "transport": "tcp", "scheme": "https", "port": 443, "path": "/", "directory_path": "/{region}/{directory_id}", "probe": true, "expect": "any-http", "source": "p", "as_of": "2026-10"},
  {"id": "stun", "purpose": "P.", "layer": "ip-access-control", "transport": "udp", "port": 443, "probe": true, "expect": "stun", "source": "p", "as_of": "2026-10"},
  {"id": "dcv-udp", "purpose": "P.", "layer": "streaming-gateway", "transport": "udp", "port": 4195, "family": "ip4", "health": true, "probe": true, "protocols": ["dcv"], "expect": "quic", "source": "p", "as_of": "2026-10"},
  {"id": "echo", "purpose": "P.", "layer": "ip-access-control", "transport": "tcp", "scheme": "http", "port": 80, "path": "/", "probe": true, "expect": "ip", "source": "p", "as_of": "2026-10"}
 ],
 "endpoints": [{"role": "echo", "host": "echo.example.com", "partitions": ["aws"], "source": "p", "as_of": "2026-10"}],
 "ranges": [{"use": "pools", "cidr": "198.19.0.0/16", "source": "p", "as_of": "2026-10"}],
 "addresses": [{"id": "metadata", "purpose": "P.", "address": "169.254.169.254", "transport": "tcp", "port": 80, "source": "p", "as_of": "2026-10"}],
 "shared_hosts": [{"host": "settings.example.com", "why": "one for all"}],
 "contradictions": [{"regions": ["us-east-1", "us-west-2"], "addresses": ["9.9.9.9"], "why": "a slip", "source": "p", "as_of": "2026-10"}],
 "notes": []
}`,
	"us-east-1.json": smallRegion("us-east-1", "US East (N. Virginia)", "Virginia", "iad", "11.0.0.0/16"),
	"us-west-2.json": smallRegion("us-west-2", "US West (Oregon)", "Oregon", "pdx", "12.0.0.0/16"),
}

func smallRegion(id, name, city, airport, cidr string) string {
	s := `{
 "id": "ID", "name": "NAME", "partition": "aws", "aliases": ["CITY"],
 "airport": {"code": "AIR", "source": "p", "as_of": "2026-10"},
 "prefixes": [{"prefix": "WSAIR", "confidence": "high", "source": "p", "as_of": "2026-10"}],
 "endpoints": [
  {"role": "broker", "host": "broker.ID.example.com", "source": "p", "as_of": "2026-10"},
  {"role": "session-broker", "host": "session.ID.example.com", "source": "p", "as_of": "2026-10"},
  {"role": "login", "host": "login.ID.example.com", "source": "p", "as_of": "2026-10"},
  {"role": "directory-settings", "host": "settings.example.com", "source": "p", "as_of": "2026-10"},
  {"role": "stun", "host": "stun.ID.example.com", "source": "p", "as_of": "2026-10"}
 ],
 "health": {"host": "drp-AIR.example.com", "addresses": ["9.9.9.9"], "addresses_doubtful": true, "source": "p", "as_of": "2026-10"},
 "ranges": [
  {"use": "dcv-gateway", "cidr": "CIDR", "source": "p", "as_of": "2026-10"},
  {"use": "management", "cidr": "198.19.0.0/16", "source": "p", "as_of": "2026-10"}
 ],
 "domains": [{"use": "dcv-gateway", "domain": "*.ID.example.com", "source": "p", "as_of": "2026-10"}],
 "notes": []
}`
	return strings.NewReplacer("ID", id, "NAME", name, "CITY", city, "AIR", airport, "CIDR", cidr).Replace(s)
}

func folder(docs map[string]string) fstest.MapFS {
	data := fstest.MapFS{}
	for file, text := range docs {
		data[file] = &fstest.MapFile{Data: []byte(text)}
	}
	return data
}

func TestSmallCatalogIsClean(t *testing.T) {
	c, err := parse(folder(small))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Regions()) != 2 {
		t.Errorf("got %d Regions", len(c.Regions()))
	}
}

func TestANewRegionIsOneNewFile(t *testing.T) {
	docs := maps.Clone(small)
	docs["eu-north-1.json"] = strings.Replace(smallRegion("eu-north-1", "Europe (Stockholm)", "Stockholm", "arn", "13.0.0.0/16"), "9.9.9.9", "9.9.9.10", 1)
	c, err := parse(folder(docs))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.Find("stockholm"); err != nil || r.ID != "eu-north-1" {
		t.Errorf("got %q, %v", r.ID, err)
	}
	if r, err := c.ParseRegistration("WSarn+ABC123"); err != nil || r.Region != "eu-north-1" {
		t.Errorf("got %q, %v", r.Region, err)
	}
}

// broken: one change each to the small catalog, and what must be said of it.
var broken = []struct{ name, file, old, new, want string }{
	{"unknown field", "us-east-1.json", `"id":`, `"color": "red", "id":`, `unknown field "color"`},
	{"unknown field in a fact", "us-east-1.json", `"use": "management",`, `"use": "management", "asof": "x",`, `unknown field "asof"`},
	{"something behind the document", "us-east-1.json", "\"notes\": []\n}", "\"notes\": []\n}{}", "something follows"},
	{"no JSON", "us-west-2.json", `"id"`, `id`, "invalid character"},
	{"file named otherwise", "us-east-1.json", `"id": "us-east-1"`, `"id": "us-east-2"`, "must be named after it"},
	{"id of no form", "us-east-1.json", `"id": "us-east-1"`, `"id": "useast"`, "id of the usual form"},
	{"no alias", "us-east-1.json", `["Virginia"]`, `[]`, "and an alias"},
	{"two Regions of one name", "us-west-2.json", `"Oregon"`, `"VIRGINIA"`, "is also a name of us-east-1"},
	{"alias is another's airport", "us-west-2.json", `["Oregon"]`, `["Oregon", "iad"]`, "is also a name of us-east-1"},
	{"unknown partition", "us-east-1.json", `"aws"`, `"azure"`, `partition "azure"`},
	{"airport code of four letters", "us-east-1.json", `"code": "iad"`, `"code": "kiad"`, "not three letters"},
	{"airport code twice", "us-west-2.json", `"code": "pdx"`, `"code": "iad"`, "is also a name of us-east-1"},
	{"prefix twice in other case", "us-west-2.json", `{"prefix": "WSpdx"`, `{"prefix": "wsiad", "confidence": "high", "source": "p", "as_of": "2026-10"}, {"prefix": "WSpdx"`, "is also one of us-east-1"},
	{"prefix of another airport", "us-east-1.json", `"WSiad"`, `"WSfra"`, "is not SL or WS and the airport code"},
	{"unknown confidence", "us-east-1.json", `"high"`, `"sure"`, `confidence "sure"`},
	{"unknown role", "us-east-1.json", `"role": "broker"`, `"role": "brokers"`, "no such role"},
	{"role twice", "us-east-1.json", `"role": "session-broker"`, `"role": "broker"`, `role "broker" stands there twice`},
	{"same request twice", "us-east-1.json", `login.us-east-1.example.com`, `session.us-east-1.example.com`, "are the same request"},
	{"host twice", "us-west-2.json", `broker.us-west-2.example.com`, `broker.us-east-1.example.com`, "is also one of us-east-1"},
	{"host with a scheme", "us-east-1.json", `"login.us-east-1`, `"https://login.us-east-1`, "no DNS name"},
	{"host with a slash", "us-east-1.json", `drp-iad.example.com`, `drp-iad.example.com/`, "no DNS name"},
	{"host in upper case", "us-east-1.json", `"login.us`, `"Login.us`, "no DNS name"},
	{"host of one label", "us-east-1.json", `login.us-east-1.example.com`, `login`, "no DNS name"},
	{"host with an underscore", "us-east-1.json", `"login.us`, `"log_in.us`, "no DNS name"},
	{"host that begins with a hyphen", "us-east-1.json", `"login.us`, `"-login.us`, "no DNS name"},
	{"host that is an address", "us-east-1.json", `login.us-east-1.example.com`, `192.0.2.1`, "no DNS name"},
	{"probed host unknown", "us-east-1.json", `login.us-east-1`, `{directory_id}`, "its host must be known"},
	{"path without slash", "us-east-1.json", `"host": "login.us-east-1.example.com"`, `"host": "login.us-east-1.example.com", "path": "x"`, "does not start with a slash"},
	{"borrowed host without a reason", "us-east-1.json", `"host": "stun.us-east-1.example.com"`, `"host": "stun.us-west-2.example.com", "host_region": "us-west-2"`, "nothing says why"},
	{"borrowed host of the wrong Region", "us-east-1.json", `"host": "stun.us-east-1.example.com"`, `"host": "stun.us-east-1.example.com", "host_region": "us-west-2", "uncertain": "U."`, "host_region is not the host's"},
	{"borrowed host not owned up to", "us-east-1.json", `stun.us-east-1.`, `stun.us-west-2.`, "is also one of us-east-1"},
	{"no broker and no gap", "us-east-1.json", `{"role": "broker", "host": "broker.us-east-1.example.com", "source": "p", "as_of": "2026-10"},`, ``, "no broker, and no gap"},
	{"no health-check host and no gap", "us-east-1.json", `"health": {"host": "drp-iad.example.com", "addresses": ["9.9.9.9"], "addresses_doubtful": true, "source": "p", "as_of": "2026-10"},`, ``, "no health-check host"},
	{"private health-check address", "us-east-1.json", `"9.9.9.9"`, `"9.9.9.9", "10.0.0.1"`, "10.0.0.1 is no public address"},
	{"documentation address", "us-east-1.json", `"9.9.9.9"`, `"9.9.9.9", "203.0.113.7"`, "203.0.113.7 is no public address"},
	{"multicast address", "us-east-1.json", `"9.9.9.9"`, `"9.9.9.9", "224.0.0.1"`, "224.0.0.1 is no public address"},
	{"no address", "us-east-1.json", `"9.9.9.9"`, `"9.9.9.999"`, "9.9.9.999"},
	{"address twice in a Region", "us-east-1.json", `"9.9.9.9"`, `"9.9.9.9", "9.9.9.9"`, "stands there twice"},
	{"address of two Regions", "global.json", `"contradictions": [{"regions": ["us-east-1", "us-west-2"], "addresses": ["9.9.9.9"], "why": "a slip", "source": "p", "as_of": "2026-10"}]`, `"contradictions": []`, "address 9.9.9.9 is also one of us-east-1"},
	{"contradiction that is gone", "us-east-1.json", `"9.9.9.9"`, `"9.9.9.8"`, "is not an address of all of"},
	{"contradiction without a reason", "global.json", `"why": "a slip"`, `"why": ""`, "needs a reason"},
	{"contradiction not marked doubtful", "global.json", `"regions": ["us-east-1", "us-west-2"]`, `"regions": ["us-east-2"]`, "marked addresses_doubtful"},
	{"range not masked", "us-east-1.json", `11.0.0.0/16`, `11.0.1.0/16`, "must be 0"},
	{"range without a mask", "us-east-1.json", `11.0.0.0/16`, `11.0.0.0`, "11.0.0.0"},
	{"range far too large", "us-east-1.json", `11.0.0.0/16`, `11.0.0.0/8`, "/8 is out of the question"},
	{"range far too small", "us-east-1.json", `11.0.0.0/16`, `11.0.0.0/32`, "/32 is out of the question"},
	{"private gateways", "us-east-1.json", `11.0.0.0/16`, `10.0.0.0/16`, "not public"},
	{"gateways in shared address space", "us-east-1.json", `11.0.0.0/16`, `100.64.0.0/16`, "not public"},
	{"range of another Region", "us-west-2.json", `12.0.0.0/16`, `11.0.128.0/17`, "overlaps dcv-gateway range 11.0.0.0/16 of us-east-1"},
	{"gateways overlap management", "us-west-2.json", `198.19.0.0/16`, `12.0.0.0/8`, "overlaps management range"},
	{"unknown use", "us-east-1.json", `"use": "management"`, `"use": "management-pcoip"`, "does not belong here"},
	{"global use in a Region", "us-east-1.json", `"use": "management"`, `"use": "pools"`, "does not belong here"},
	{"domain that is none", "us-east-1.json", `*.us-east-1.example.com`, `*.*.example.com`, "no DNS name"},
	{"unknown source", "us-east-1.json", `"source": "p"`, `"source": "q"`, `source "q" is not in sources.json`},
	{"no source", "us-west-2.json", `"source": "p", `, ``, `source "" is not`},
	{"no date", "us-east-1.json", `"as_of": "2026-10"`, `"as_of": ""`, "is no date"},
	{"date that is none", "us-east-1.json", `"as_of": "2026-10"`, `"as_of": "2026-13"`, "is no date"},
	{"fact younger than its source", "us-east-1.json", `"as_of": "2026-10"`, `"as_of": "2026-11-01"`, "is later than its source"},
	{"source without a title", "sources.json", `"A page"`, `""`, "needs a title and a date"},
	{"source nobody uses", "sources.json", `{"p"`, `{"q": {"title": "B", "date": "2026-10"}, "p"`, `no fact has source "q"`},
	{"role without a purpose", "global.json", `"purpose": "P."`, `"purpose": ""`, "no sentence"},
	{"role of an unknown layer", "global.json", `"layer": "auth-gateway"`, `"layer": "clouds"`, `layer "clouds" does not exist`},
	{"role on port 0", "global.json", `"port": 443`, `"port": 0`, "has no port"},
	{"role on a port beyond the last", "global.json", `"port": 443`, `"port": 70000`, "70000"},
	{"role over an unknown transport", "global.json", `"transport": "tcp"`, `"transport": "sctp"`, "neither tcp nor udp"},
	{"HTTPS over UDP", "global.json", `"transport": "tcp"`, `"transport": "udp"`, "HTTP runs over tcp"},
	{"unknown expectation", "global.json", `"healthy"`, `"happy"`, "its expectation"},
	{"unknown protocol", "global.json", `["dcv"]`, `["rdp"]`, `protocol "rdp"`},
	{"unknown family", "global.json", `"family": "ip4"`, `"family": "ipx"`, `family "ipx"`},
	{"role twice in the list", "global.json", `"id": "session-broker"`, `"id": "broker"`, `role "broker" stands there twice`},
	{"required but not probed", "global.json", `"required": true, "probe": true`, `"required": true`, "required, but not probed"},
	{"directory path without the directory", "global.json", `/{region}/{directory_id}`, `/{region}/x`, "no place for the directory"},
	{"global endpoint for nobody", "global.json", `"partitions": ["aws"], `, ``, "names no partition"},
	{"global endpoint for an unknown partition", "global.json", `"partitions": ["aws"]`, `"partitions": ["gcp"]`, `partition "gcp"`},
	{"shared host that is not", "global.json", `"settings.example.com"`, `"other.example.com"`, "is not shared"},
	{"shared host without a reason", "global.json", `"one for all"`, `""`, "needs a reason"},
	{"inside address of nobody", "global.json", `"169.254.169.254"`, `"0.0.0.0"`, "can be nobody's"},
	{"inside address missing", "global.json", `"address": "169.254.169.254", `, ``, "either an address or the last two octets"},
	{"a document missing", "sources.json", small["sources.json"], "", "EOF"},
}

func TestLintFindsEveryKindOfBadData(t *testing.T) {
	for _, c := range broken {
		t.Run(c.name, func(t *testing.T) {
			docs := maps.Clone(small)
			docs[c.file] = strings.Replace(docs[c.file], c.old, c.new, 1)
			if docs[c.file] == small[c.file] {
				t.Fatalf("nothing was changed: %q is not in %s", c.old, c.file)
			}
			_, err := parse(folder(docs))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant it to say %q", err, c.want)
			}
		})
	}
}
