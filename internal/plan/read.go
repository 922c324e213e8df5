package plan

// read says what a run reads of this computer, for people who want to know before.
// Nothing of it costs a packet, and a report holds no more of it.
const read = "Read on this computer, without a packet: its interfaces, routes, name servers, web proxy and hosts file (only names that the run asks for); " +
	"which of a fixed list of VPN, web gateway, security and proxy programs it has, with version, and no other program; " +
	"how strongly it receives its Wi-Fi; what Windows says of its networks and of name servers for single names."
