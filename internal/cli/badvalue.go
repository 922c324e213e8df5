package cli

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/pasted"
	"wsdoctor/internal/watch"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// valueKind is what a type of flags takes: the message that says so, and how what was
// meant is read from what was typed.
type valueKind struct {
	id   string // of the message
	mend func(typed string) (meant string, sure bool)
}

// valueKinds are the types of flags that the library of flags reads, by its names.
var valueKinds = map[string]valueKind{
	"duration":    {"cli.flag-problem.duration", mendDuration},
	"int":         {"cli.flag-problem.number", mendNumber},
	"uint16":      {"cli.flag-problem.port", mendPort},
	"bool":        {"cli.flag-problem.switch", nil},
	"stringSlice": {"cli.flag-problem.list", mendList},
}

// goodValues are what a hint shows where it is not clear what was meant.
var goodValues = map[string]string{
	"timeout": "10s", "every": "5m", "for": "8h", "spread": "5m", "watch": "10", "control": "443",
	"group-by": "egress,region", "directory-dns": "10.0.0.10,10.0.1.10", "management-cidr": "172.30.0.0/16",
	"egress": "203.0.113.7",
}

// times are the shortest and the longest that a hint may name for a flag.
var times = map[string][2]time.Duration{
	"timeout": {minTimeout, maxTimeout},
	"every":   {watch.Least, watch.Most}, "for": {watch.Least, longestWatch}, "spread": {0, watch.Most},
}

// badValue says of a value that the library of flags could not read what the flag takes,
// and hints at the command that is right.
func badValue(cmd *cobra.Command, invalid *pflag.InvalidValueError) error {
	f, typed := invalid.GetFlag(), invalid.GetValue()
	kind, known := valueKinds[f.Value.Type()]
	if !known {
		return badInput(words.Say("cli.hint.flags", words.Args{"command": cmd.CommandPath()}), flagProblem(invalid))
	}
	about := words.Args{"flag": "--" + f.Name, "value": shownText(typed)}
	good := goodValue(f)
	if kind.mend != nil {
		if meant, sure := kind.mend(typed); sure && f.Value.Set(meant) == nil && fits(f.Name, meant) {
			good = meant
		}
	}
	hint := cmd.CommandPath() + " --" + f.Name
	if good != "" {
		hint += " " + good
	}
	return badInput(words.Raw(hint), words.Say(kind.id, about))
}

// goodValue is one that a flag takes.
func goodValue(f *pflag.Flag) string {
	if good, known := goodValues[f.Name]; known || f.NoOptDefVal != "" {
		return good
	}
	return strings.Trim(f.DefValue, "[]")
}

// amount is a number and, perhaps, a unit.
var amount = regexp.MustCompile(`^([0-9]+(?:[.,][0-9]+)?)\s*(\p{L}*)\.?$`)

// units are how people write them.
var units = map[string]string{
	"": "s", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "秒": "s",
	"m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "分": "m",
	"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "時間": "h",
	"ms": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms", "ミリ秒": "ms",
}

func mendDuration(typed string) (string, bool) {
	parts := amount.FindStringSubmatch(strings.ToLower(pasted.Fold(typed)))
	if parts == nil || units[parts[2]] == "" {
		return "", false
	}
	meant := strings.Replace(parts[1], ",", ".", 1) + units[parts[2]]
	_, err := time.ParseDuration(meant)
	return meant, err == nil
}

// fits: a time is one that the flag takes; of what is none nothing is said.
func fits(flag, meant string) bool {
	d, err := time.ParseDuration(meant)
	bounds, bounded := times[flag]
	return err != nil || !bounded || d >= bounds[0] && d <= bounds[1]
}

func mendNumber(typed string) (string, bool) {
	parts := amount.FindStringSubmatch(strings.ToLower(pasted.Fold(typed)))
	if parts == nil || strings.ContainsAny(parts[1], ".,") {
		return "", false
	}
	n, err := strconv.Atoi(parts[1])
	return parts[1], err == nil && n >= leastWatch && n <= mostWatch
}

func mendPort(typed string) (string, bool) {
	port := strings.TrimLeft(strings.TrimSpace(pasted.Fold(typed)), ":")
	port, _, _ = strings.Cut(port, "/") // 443/tcp
	return port, validPort(port)
}

func mendList(typed string) (string, bool) {
	between := func(r rune) bool { return strings.ContainsRune("\"', ;\t\n", r) }
	meant := strings.Join(strings.FieldsFunc(typed, between), ",")
	ok := meant != "" && probe.Clean(meant, longestRule) == meant
	for part := range strings.SplitSeq(meant, ",") {
		if _, err := netip.ParseAddr(part); err != nil {
			_, err = netip.ParsePrefix(part)
			ok = ok && err == nil
		}
	}
	return meant, ok
}

// badCIDR says what is wrong with a network that was typed for a flag, and hints at what
// was meant, or else at an example.
func badCIDR(flag, typed string, example words.Text) error {
	shown := `"` + pasted.Visible(typed, longestRule) + `"`
	hint := example
	if meant, sure := mendCIDR(typed); sure {
		hint = words.Raw(flag + " " + meant)
	}
	address, length, slashed := strings.Cut(pasted.Unquote(pasted.Fold(typed)), "/")
	a, err := netip.ParseAddr(strings.TrimSpace(address))
	if err == nil && slashed && a.Zone() == "" {
		if n, err := strconv.Atoi(strings.TrimSpace(length)); err != nil || n < 0 || n > a.BitLen() {
			return badInput(hint, words.Say("cli.bad.cidr-length", words.Args{"text": shown, "most": a.BitLen()}))
		}
	}
	return badInput(hint, words.Say("cli.bad.no-cidr", words.Args{"text": shown}))
}

// mendCIDR reads what people write for a network: a mask for its length, stars, the
// last numbers left out, a backslash.
func mendCIDR(typed string) (string, bool) {
	text := strings.ReplaceAll(strings.ReplaceAll(pasted.Unquote(pasted.Fold(typed)), `\`, "/"), " ", "")
	address, length, slashed := strings.Cut(text, "/")
	numbers := strings.Split(strings.TrimSuffix(address, "."), ".")
	for n := len(numbers); n > 1 && (numbers[n-1] == "*" || strings.EqualFold(numbers[n-1], "x")); n-- {
		numbers = numbers[:n-1]
	}
	given := len(numbers)
	for len(numbers) < 4 {
		numbers = append(numbers, "0")
	}
	a, err := netip.ParseAddr(strings.Join(numbers, "."))
	if err != nil || !a.Is4() {
		return "", false
	}
	bits := 8 * given
	if slashed {
		if mask, err := netip.ParseAddr(length); err == nil && mask.Is4() {
			ones, all := net.IPMask(mask.AsSlice()).Size()
			if all == 0 {
				return "", false
			}
			bits = ones
		} else if bits, err = strconv.Atoi(length); err != nil {
			return "", false
		}
	} else if given == 4 {
		return "", false // an address: of which network is not said
	}
	p := netip.PrefixFrom(a, bits)
	return p.Masked().String(), p.IsValid() && bits > 0
}
