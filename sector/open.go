package sector

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"chokepoint/spelling"
	"chokepoint/textfile"
)

//go:embed lists
var files embed.FS

// embedded are the lists of the program by name. Each is read when somebody opens it: the largest take a hundred times what the others do.
var embedded = sync.OnceValue(func() map[string]func() *List {
	headers, err := files.ReadDir("lists")
	if err != nil {
		panic(err)
	}
	lists := map[string]func() *List{"hs-sections": sync.OnceValue(hsSections)}
	for _, f := range headers {
		name, ok := strings.CutSuffix(f.Name(), ".toml")
		if !ok {
			continue
		}
		lists[name] = sync.OnceValue(func() *List {
			l, err := readEmbedded(path.Join("lists", name))
			if err != nil {
				panic(err)
			}
			return l
		})
	}
	lists["bec-sna"] = sync.OnceValue(func() *List { return becSNA(lists["bec"]()) })
	lists["strategic"] = sync.OnceValue(func() *List { return strategic(func(id string) *List { return lists[id]() }) })
	return lists
})

// builtin are all of them, in the order of their names.
var builtin = sync.OnceValue(func() (list []*List) {
	all := embedded()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[name]())
	}
	return list
})

func readEmbedded(name string) (*List, error) {
	header, err := files.ReadFile(name + ".toml")
	if err != nil {
		return nil, err
	}
	entries, err := files.ReadFile(name + ".csv")
	if err != nil {
		return nil, err
	}
	return Parse(name+".toml", header, name+".csv", entries)
}

// Builtin lists the names of the embedded lists, and of those that Offer has added.
func Builtin() []string {
	var names []string
	for _, l := range byName() {
		names = append(names, l.ID)
	}
	return names
}

// OpenBuiltin returns an embedded list, or one that Offer has added, or a part of it: mic25, mic25/nev (a sector or direction), mic25:medium (entries of
// medium and high confidence), mic25/nev:low. It opens no files.
func OpenBuiltin(name string) (*List, error) {
	id, only, least, err := split(strings.TrimSpace(name))
	if err != nil {
		return nil, err
	}
	if read, ok := embedded()[id]; ok {
		return read().part(only, least)
	}
	for _, l := range offeredLists() {
		if l.ID == id {
			return l.part(only, least)
		}
	}
	return nil, fmt.Errorf("no product list %q; there are %s%s", id, strings.Join(Builtin(), ", "), spelling.Hint(id, Builtin()))
}

// Open returns an embedded list as OpenBuiltin does, or reads a user's: my.csv, or my.toml with my.csv beside it, followed by
// /SECTOR and :CONFIDENCE in the same way.
func Open(nameOrPath string) (*List, error) {
	file, rest := splitPath(strings.TrimSpace(nameOrPath))
	if file == "" {
		return OpenBuiltin(nameOrPath)
	}
	_, only, least, err := split(rest)
	if err != nil {
		return nil, err
	}
	l, err := read(file)
	if err != nil {
		return nil, err
	}
	return l.part(only, least)
}

// IsFile says whether a name means a file.
func IsFile(name string) bool {
	file, _ := splitPath(name)
	return file != ""
}

// splitPath cuts a name behind the ending of a file. file is "" where there is none.
func splitPath(name string) (file, rest string) {
	for _, ending := range []string{".toml", ".csv"} {
		i := strings.LastIndex(strings.ToLower(name), ending)
		if i < 0 {
			continue
		}
		file, rest = name[:i+len(ending)], name[i+len(ending):]
		if rest == "" || rest[0] == '/' || rest[0] == ':' {
			return file, rest
		}
	}
	return "", name
}

// split takes ID/SECTOR:CONFIDENCE apart.
func split(name string) (id, only, least string, err error) {
	name, least, colon := strings.Cut(name, ":")
	id, only, slash := strings.Cut(name, "/")
	if colon && least == "" || slash && only == "" {
		err = fmt.Errorf("product list %q: expected NAME, NAME/SECTOR, NAME:CONFIDENCE or NAME/SECTOR:CONFIDENCE", name)
	}
	return id, only, least, err
}

// MaxFile is the size in bytes of the largest file accepted.
const MaxFile = 8 << 20

func read(file string) (*List, error) {
	base := strings.TrimSuffix(strings.TrimSuffix(file, ".toml"), ".csv")
	entries, err := readFile(base + ".csv")
	if err != nil {
		return nil, err
	}
	header, err := readFile(base + ".toml")
	if errors.Is(err, os.ErrNotExist) && strings.HasSuffix(file, ".csv") {
		return Parse(filepath.Base(base)+".toml", nil, base+".csv", entries)
	}
	if err != nil {
		return nil, err
	}
	return Parse(base+".toml", header, base+".csv", entries)
}

func readFile(name string) ([]byte, error) { return textfile.Read(name, MaxFile) }
