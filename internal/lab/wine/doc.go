// Package wine tests the program that Windows users get, as far as Wine carries it:
// every command, the loopback scenarios next to the Linux build, what is read of
// adapters, routes, name servers and the proxy, files, pipes and consoles.
//
// Its tests have the build tag "wine" and are run by .ci/wine, which installs Wine
// and builds what they need. They take part in nothing else, and nothing in them is
// skipped: what is missing fails them.
//
// Wine gives a socket that its server opened. So the server has to run in the tests'
// own network too, and a folder of its own makes sure that it is not an older one.
package wine
