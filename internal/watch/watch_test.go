package watch

import (
	"os"
	"testing"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	changed, stop := Folder(dir)
	if changed == nil {
		t.Skip("changes cannot be observed here")
	}
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(dir+"/"+name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		<-changed
	}
	stop()
	changed, stop = Folder(dir + "/none")
	stop()
	select {
	case <-changed:
		t.Error("a folder that is not there has changed")
	default:
	}
}
