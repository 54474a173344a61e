package sector

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// offered are the lists of users that are opened by name beside the embedded ones.
var offered struct {
	sync.RWMutex
	lists []*List
}

// Offer lets a list of a user be opened by its name, as the embedded ones are: visitors of a server open no files.
func Offer(file string) (*List, error) {
	if !IsFile(file) {
		return nil, fmt.Errorf("%q: expected a product list in a file, such as mine.csv", file)
	}
	l, err := Open(file)
	if err != nil {
		return nil, err
	}
	if slices.Contains(Builtin(), l.ID) {
		return nil, fmt.Errorf("%s: there is another product list %q; give the file, or the id in its .toml, another name", file, l.ID)
	}
	offered.Lock()
	defer offered.Unlock()
	offered.lists = append(offered.lists, l)
	return l, nil
}

// Offered lists the names of the lists that Offer has added.
func Offered() (names []string) {
	for _, l := range offeredLists() {
		names = append(names, l.ID)
	}
	return names
}

func offeredLists() []*List {
	offered.RLock()
	defer offered.RUnlock()
	return slices.Clone(offered.lists)
}

// byName are the lists that are opened by name, in the order of their names.
func byName() []*List {
	list := append(slices.Clone(builtin()), offeredLists()...)
	slices.SortStableFunc(list, func(a, b *List) int { return strings.Compare(a.ID, b.ID) })
	return list
}
