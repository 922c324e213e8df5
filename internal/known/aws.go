package known

import (
	"bufio"
	"fmt"
	"net/netip"
	"strings"
	"sync"
)

// AWSRanges is the date of the published address ranges that are embedded
// (ip-ranges.json, createDate).
const AWSRanges = "2026-08-22"

// AWSBlock is one address block of AWS's, as ip-ranges.json lists it
// (https://ip-ranges.amazonaws.com/ip-ranges.json).
type AWSBlock struct {
	Region string // "us-east-1", or "GLOBAL"
	// Services are letters: E EC2, S S3, C CloudFront, G Global Accelerator,
	// W WorkSpaces gateways; "-" for AWS's own network and everything else.
	Services string
	// Published: the block stands in AWS's list. Otherwise the registries' block
	// around it is AWS's, which is nearly as good.
	Published bool
}

// Gateway: streaming gateways of WorkSpaces live there (the service
// WORKSPACES_GATEWAYS of the list).
func (b AWSBlock) Gateway() bool { return strings.Contains(b.Services, "W") }

// backbone are the blocks of AWS's own routers, of which AWS publishes about the
// half: the registries name one owner for all of it.
var backbone = []netip.Prefix{
	netip.MustParsePrefix("52.93.0.0/16"), netip.MustParsePrefix("15.230.0.0/16"), netip.MustParsePrefix("150.222.0.0/16"),
}

// AWS says whether an address, of either family, is AWS's, and which is the
// smallest listed block that holds it. Where it is not found it may be AWS's all the
// same: not all of AWS's addresses are published.
func AWS(a netip.Addr) (AWSBlock, bool) {
	if b, found := awsTable().find(a); found {
		return b, true
	}
	a = a.Unmap()
	for _, p := range backbone {
		if p.Contains(a) {
			return AWSBlock{Services: "-"}, true
		}
	}
	return AWSBlock{}, false
}

var awsTable = sync.OnceValue(func() *table[AWSBlock] {
	t, err := readAWS()
	if err != nil {
		panic("known: " + err.Error()) // embedded data; a test reads it
	}
	return t
})

func readAWS() (*table[AWSBlock], error) {
	f, err := files.Open("data/aws-ranges.txt")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t := &table[AWSBlock]{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) < 3 {
			return nil, fmt.Errorf("aws-ranges.txt: a line of %d words", len(words))
		}
		block := AWSBlock{Region: words[0], Services: words[1], Published: true}
		for _, text := range words[2:] {
			p, err := netip.ParsePrefix(text)
			if err != nil {
				return nil, fmt.Errorf("aws-ranges.txt: %w", err)
			}
			t.add(p.Masked(), block)
		}
	}
	return t, lines.Err()
}
