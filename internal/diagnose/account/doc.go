// Package account finds what is wrong with a WorkSpace in what its AWS account says of
// it: settings, states and counters, read over AWS's API without a packet of the user's
// own. Start with rules.go; subject.go says who is asked about, reach.go what security
// groups, network ACLs and routes let through.
//
// The account sees no packet. A setting that forbids something is AWS's own statement,
// but whether it is what keeps this user out follows only where nothing shows that it
// does not matter: a user who is connected is not kept out.
package account
