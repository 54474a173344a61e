package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	f := func(release, commit, date, modified, want string) {
		t.Helper()
		info := &debug.BuildInfo{Main: debug.Module{Version: release}}
		for key, value := range map[string]string{"vcs.revision": commit, "vcs.time": date, "vcs.modified": modified} {
			if value != "" {
				info.Settings = append(info.Settings, debug.BuildSetting{Key: key, Value: value})
			}
		}
		if got := versionOf(info, true); got != want {
			t.Errorf("release %q, commit %q: %q, want %q", release, commit, got, want)
		}
	}
	const commit, date = "0123456789abcdef0123456789abcdef01234567", "2026-01-31T12:13:14Z"
	f("v0.1.0", commit, date, "false", "0.1.0 (commit 0123456789ab of 2026-01-31)")
	f("v0.1.0+dirty", commit, date, "true", "0.1.0 (commit 0123456789ab of 2026-01-31, modified)")
	f("v0.1.1-0.20260131121314-0123456789ab", commit, date, "false", "devel (commit 0123456789ab of 2026-01-31)")
	f("v0.0.0-20260131121314-0123456789ab+dirty", commit, date, "true", "devel (commit 0123456789ab of 2026-01-31, modified)")
	f("v0.1.0", "", "", "", "0.1.0") // fetched by its path
	f("(devel)", "", "", "", "devel")
	f("", "", "", "", "devel")
	f("(devel)", "0123", "", "", "devel (commit 0123)")
	if got := versionOf(nil, false); got != "devel" {
		t.Errorf("without a record of the build: %q", got)
	}
	if got := program(t, "--version"); !strings.Contains(got, version) {
		t.Errorf("--version prints %q, want %q in it", got, version)
	}
}
