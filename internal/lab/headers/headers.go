// Package headers holds numbers of this program, where a structure of Windows has a
// field and how large it is, against what a C compiler makes of the system's headers
// (mingw-w64's).
//
// It is for tests with the build tag "wine", which .ci/wine runs, because that installs
// the compiler. Nothing is skipped: without one they fail. It must not be imported by
// anything but tests.
package headers

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// Compiler is mingw-w64's for 64-bit Windows. Windows on ARM lays structures out in the
// same way.
const Compiler = "x86_64-w64-mingw32-gcc"

// Fact says that an expression of C, such as "offsetof(MIB_IF_ROW2, OutOctets)", is a
// number of ours.
type Fact struct {
	C  string
	Go int64
}

// Check fails for each fact that does not hold.
func Check(t testing.TB, includes []string, facts []Fact) {
	t.Helper()
	wrong, err := wrong(includes, facts)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}

// wrong compiles an array for each fact, which has a size only if the fact holds.
func wrong(includes []string, facts []Fact) (list []string, err error) {
	var c strings.Builder
	c.WriteString(
		"#define _WIN32_WINNT 0x0a00\n#define NTDDI_VERSION 0x0a00000c\n#include <winsock2.h>\n#include <windows.h>\n#include <stddef.h>\n",
	)
	for _, i := range includes {
		fmt.Fprintf(&c, "#include <%s>\n", i)
	}
	for i, f := range facts {
		fmt.Fprintf(&c, "_Static_assert((long long)(%s) == %dLL, \"fact %d.\");\n", f.C, f.Go, i)
	}
	cmd := exec.Command(Compiler, "-fsyntax-only", "-x", "c", "-")
	cmd.Stdin = strings.NewReader(c.String())
	out, failed := cmd.CombinedOutput()
	if failed == nil {
		return nil, nil
	}
	for i, f := range facts {
		if strings.Contains(string(out), fmt.Sprintf("fact %d.\"", i)) {
			list = append(list, fmt.Sprintf("%s is not %d", f.C, f.Go))
		}
	}
	if len(list) == 0 || strings.Contains(string(out), "undeclared") || strings.Contains(string(out), "fatal error") {
		return list, fmt.Errorf("%s: %w\n%s", Compiler, failed, out)
	}
	return list, nil
}
