// Package alone puts a test binary into a network of its own, in which there is
// nothing but loopback. A test that runs the program whole can then send what it
// likes by mistake: no packet can leave the computer. It is for tests only.
package alone

// Mark is the environment variable that says that this process is alone
// already. A test that starts programs with a clean environment passes it on.
const Mark = "WSDOCTOR_TEST_ALONE"

// disable is the user's wish to go without namespaces; see internal/lab.
const disable = "WSDOCTOR_NO_NETNS"
