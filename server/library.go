package server

import (
	"context"

	"chokepoint/store"
	"chokepoint/study"
)

// Library is where datasets are kept: a folder of this computer, or a cluster.
type Library interface {
	// Manifests lists the datasets that can be read. A damaged one is left out; the error names it.
	Manifests(ctx context.Context) ([]store.Manifest, error)
	// InUse is the name of the dataset that a user has chosen to answer where a question names none; "" is none.
	InUse() (string, error)
	// Open opens a dataset by name.
	Open(ctx context.Context, name string) (*Volume, error)
}

// Volume is an open dataset.
type Volume struct {
	Dataset study.Catalogue
	// Engine gives an engine for one question, which closes it. Without it the files of Dataset are asked.
	Engine func() (study.Engine, error)
	// Damaged is the error of the first question that met something in the files which is not what was written; nil where nobody can tell.
	Damaged func() error
	Close   func() error
}

// damaged says why the volume must be opened again; nil where it need not.
func (v *Volume) damaged() error {
	if v.Damaged == nil {
		return nil
	}
	return v.Damaged()
}

// Folder is a data folder.
type Folder string

// Manifests implements Library.
func (f Folder) Manifests(context.Context) ([]store.Manifest, error) { return store.List(string(f)) }

// InUse implements Library.
func (f Folder) InUse() (string, error) { return store.InUse(string(f)) }

// Open implements Library.
func (f Folder) Open(_ context.Context, name string) (*Volume, error) {
	d, err := store.Open(string(f), name)
	if err != nil {
		return nil, err
	}
	return &Volume{Dataset: d, Damaged: d.Damaged, Close: d.Close}, nil
}
