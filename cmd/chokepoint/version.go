package main

import (
	"runtime/debug"
	"strings"
)

// version is what this program was built from: the release, the commit and its date, as Go's linker recorded them.
var version = versionOf(debug.ReadBuildInfo())

// versionOf words a build: "0.1.0 (commit 0123456789ab of 2026-01-31)". A build of no release is "devel", and one of files that
// differ from the commit says modified. Where Go recorded no commit (`go run`, sources without Git) there is none to name.
func versionOf(info *debug.BuildInfo, ok bool) string {
	if !ok {
		return "devel"
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	release := strings.TrimPrefix(info.Main.Version, "v")
	commit := settings["vcs.revision"]
	short := commit[:min(12, len(commit))]
	if release == "" || release == "(devel)" || short != "" && strings.Contains(release, "-"+short) || strings.HasPrefix(release, "0.0.0-") {
		release = "devel" // Go's name for a commit without a tag says no more than the commit and its date
	}
	release, _, _ = strings.Cut(release, "+dirty")
	if short == "" {
		return release
	}
	words := "commit " + short
	if date, _, ok := strings.Cut(settings["vcs.time"], "T"); ok {
		words += " of " + date
	}
	if settings["vcs.modified"] == "true" {
		words += ", modified"
	}
	return release + " (" + words + ")"
}
