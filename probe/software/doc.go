// Package software finds, on this computer, products of a fixed list that can stand
// between a client and the network: VPN clients, secure web gateways, endpoint
// protection, personal firewalls, proxy programs and DNS filters.
//
// A product is one row of products.go: its name, what it does, and its marks, the
// names by which each system knows it. Look gathers what this system lists (readers
// of a system in look_*.go, their parsers in files without a system suffix) and keeps
// only what a row names. Nothing is sent; no program is started but rpm, where packages
// are its, which is asked for those of the table. What is not in the list is not told: no
// other program, no path, no user.
//
// That a product is there is a fact and no verdict. What is not found may run all the
// same, under another name or as part of the system; what a system does not tell is
// a gap.
package software
