package fault

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestDo(t *testing.T) {
	wrong := errors.New("wrong")
	if err := Do(func() error { return nil }); err != nil {
		t.Errorf("got %v, want none", err)
	}
	if err := Do(func() error { return wrong }); err != wrong {
		t.Errorf("got %v, want the error itself", err)
	}
	var thrown *Error
	if err := Do(func() error { var list []int; _ = list[len(list)]; return nil }); !errors.As(err, &thrown) || thrown.Memory() || !strings.Contains(string(thrown.Stack), "TestDo") {
		t.Errorf("got %v, want the panic with its stack", err)
	}
	// An error that was thrown is a mistake of the program, whatever it is.
	if err := Do(func() error { panic(context.Canceled) }); errors.Is(err, context.Canceled) || !errors.As(err, &thrown) {
		t.Errorf("got %v, want no cancellation", err)
	}
	if err := Do(func() error { Throw(wrong); return nil }); err != wrong {
		t.Errorf("got %v, want the error that was thrown", err)
	}
	inner := &Error{Value: "inner"}
	if err := Do(func() error { panic(inner) }); err != error(inner) {
		t.Errorf("got %v, want the first panic", err)
	}
}

func TestGroup(t *testing.T) {
	g, ctx := WithContext(t.Context())
	g.Go(func() error { panic("one") })
	g.Go(func() error { <-ctx.Done(); return nil })
	var thrown *Error
	if err := g.Wait(); !errors.As(err, &thrown) || thrown.Value != "one" {
		t.Errorf("got %v, want the panic", err)
	}
}
