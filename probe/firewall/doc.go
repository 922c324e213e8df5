// Package firewall says what this computer's own firewall would do to a new
// packet from outside, to the answer, and to what follows, by its rules: nothing is sent. Look is the
// whole of it.
//
// The packet is known only in part. Its interface, destination, protocol and
// destination port are; its source is somewhere in a few networks, its source
// port is an ordinary one (1024 and up, for answers 32768 and up), and nothing is
// known of options and sizes. So every expression has three answers: yes, no and maybe. A maybe makes
// the walk through the rules go both ways, and a verdict is given only if all
// ways end in it. What is not understood is a maybe too; nothing is left out.
//
// What rules change of a packet (travel.go) is followed: its marks and its connection's,
// whether it is tracked, and where address translation sends it (nat.go). Where a rule
// may hold or not, both ways are. What the answer meets begins with what became of the
// packet. Some answers rest on more than the rules, and say so: on the time (clock.go),
// which is looked at again at each moment at which a rule may change its mind, and on
// limits that a packet which comes alone does not reach (limit.go). What follows a
// connection's first packet and its answer is sent through the rules as well
// (session.go): a limit that it does not meet is no condition of a session.
//
// There is one model of rules and one evaluator for Linux (model.go, walk.go):
// the expressions of nf_tables, which decode.go reads from the kernel's netlink
// messages, xtables.go translates from the iptables extensions inside them, and
// save.go, translate.go and saved.go from the text of iptables-save for the older engine.
// Sets of ip_set are read and judged in ipset.go, for both. Windows Firewall
// has another kind of rules, unordered and by profile; they are in windows*.go, what
// reads them from the registry in winread.go, older lists of ports and programs in
// winlists.go.
//
// All parsers take bytes and run on every system; only the files named after a
// system read anything. This package imports of wsdoctor only probe.
package firewall
