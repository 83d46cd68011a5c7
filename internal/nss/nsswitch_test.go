package nss

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFilesOnly(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent")
	for _, c := range []struct {
		config, userdb string
		want           bool
	}{
		{"passwd: files\n", dir, true},
		{"# passwd: ldap\ngroup: files ldap\npasswd:\tfiles # ldap\n", dir, true},
		{"passwd: files systemd\n", absent, true},
		{"passwd: files systemd\n", dir, false},
		{"passwd: files ldap\n", absent, false},
		{"passwd: compat\n", absent, false},
		{"passwd: ldap [NOTFOUND=return] files\n", absent, false},
		{"group: files\n", absent, false},
		{"", absent, false},
	} {
		config := filepath.Join(dir, "nsswitch.conf")
		if err := os.WriteFile(config, []byte(c.config), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := filesOnly(config, c.userdb); got != c.want {
			t.Errorf("%q: %v", c.config, got)
		}
	}
	if filesOnly(absent, absent) {
		t.Error("a machine without nsswitch.conf may have other services")
	}
}
