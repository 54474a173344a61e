package clickhouse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	driver "github.com/ClickHouse/clickhouse-go/v2"
)

// Error is a failure of the server or of the way to it, not of the question.
type Error struct {
	Err     error
	outage  bool
	tooMuch bool
	code    int32 // of the server, or 0
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Outage says that the same question may be answered later. Any other Error needs somebody to change something.
func (e *Error) Outage() bool { return e.outage }

// TooMuch says that a smaller question may be answered.
func (e *Error) TooMuch() bool { return e.tooMuch }

// Codes of ClickHouse's errors (src/Common/ErrorCodes.cpp).
const (
	codeTooManyRows        = 158
	codeTimeout            = 159
	codeTooManyQueries     = 202
	codeMemory             = 241
	codeTableReadOnly      = 242
	codeTooManyParts       = 252
	codeTooManyBytes       = 307
	codeCancelled          = 394
	codeResultRows         = 396
	codeReplicasNotAnswer  = 279
	codeShuttingDown       = 236
	codeNetwork            = 210
	codeSocketTimeout      = 209
	codeNoSpace            = 243
	codeUnknownTable       = 60
	codeUnknownDatabase    = 81
	codeReadOnlyUser       = 164
	codeUnknownUser        = 192
	codeWrongPassword      = 193
	codeUnknownIdentifier  = 47
	codeUnknownFunction    = 46
	codeSyntax             = 62
	codeDatabaseDenied     = 291
	codeAccessDenied       = 497
	codeAuthenticationFail = 516
	codeIPDenied           = 195
)

// advice says what to do about the errors of a server, by their code.
var advice = map[int32]string{
	codeUnknownTable:       "push the dataset to this server first: chokepoint push",
	codeUnknownDatabase:    "create the database first, or name another in the address",
	codeReadOnlyUser:       "this user may only read: pushing needs a user that may write",
	codeUnknownUser:        "the server knows no such user; the address has it before the @",
	codeWrongPassword:      "the address has the password after the user: user:password@host",
	codeAuthenticationFail: "unknown user or wrong password; the address has both: user:password@host",
	codeIPDenied:           "the server does not let this user in from this computer: its networks in users.xml",
	codeDatabaseDenied:     "this user may not use the database: allow_databases in users.xml",
	codeAccessDenied:       "the user lacks a right; docs/scale.md lists those that are needed",
	codeMemory:             "ask for fewer years or products, or raise max_memory_usage of the user",
	codeTimeout:            "ask for fewer years or products, or raise max_execution_time of the user",
	codeTooManyRows:        "ask for fewer years or products, or raise max_rows_to_read of the user",
	codeTooManyBytes:       "ask for fewer years or products, or raise the limits of bytes of the user",
	codeResultRows:         "ask for fewer years or products, or raise max_result_rows and max_result_bytes of the user",
	codeTooManyQueries:     "ask again later, or raise max_concurrent_queries of the server",
	codeCancelled:          "somebody ended the statement on the server",
	codeTableReadOnly:      "the replica has lost its coordination (ZooKeeper or Keeper): its log says why",
	codeTooManyParts:       "the server is behind with merging: push again later, what is there is kept",
	codeNoSpace:            "the server's disk is full",
	codeUnknownIdentifier:  "the table has other columns than this program writes: drop it and push again",
	codeUnknownFunction:    "this version of ClickHouse lacks a function: docs/scale.md says which versions are tested",
	codeSyntax:             "this version of ClickHouse does not understand the statement: docs/scale.md says which versions are tested",
	codeReplicasNotAnswer:  "a replica does not answer",
	codeShuttingDown:       "the server is shutting down",
}

// outages pass by themselves; what is tooMuch for the server is less in a smaller question.
var (
	outages = map[int32]bool{codeTooManyQueries: true, codeCancelled: true, codeTableReadOnly: true, codeReplicasNotAnswer: true,
		codeShuttingDown: true, codeNetwork: true, codeSocketTimeout: true}
	tooMuch = map[int32]bool{codeMemory: true, codeTimeout: true, codeTooManyRows: true, codeTooManyBytes: true, codeResultRows: true}
)

// explain adds what to do to an error of the server.
func (c *Cluster) explain(err error) error {
	var exception *driver.Exception
	var known *Error
	var network net.Error
	var authority x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	failed := func(e Error, format string, args ...any) error {
		e.Err = fmt.Errorf("ClickHouse at "+c.address+": "+format, args...)
		return &e
	}
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &exception):
		text, _, _ := strings.Cut(exception.Message, ", Stack trace")
		text = strings.TrimPrefix(strings.TrimRight(text, ". \n"), "DB::Exception: ")
		if help := advice[exception.Code]; help != "" {
			text += "; " + help
		}
		return failed(Error{outage: outages[exception.Code], tooMuch: tooMuch[exception.Code], code: exception.Code}, "%s (code %d)", text, exception.Code)
	case errors.As(err, &authority), errors.As(err, &certificate):
		return failed(Error{}, "%w; its authority must be among those that this computer trusts (SSL_CERT_FILE names a file of others)", err)
	case errors.As(err, &record):
		return failed(Error{}, "%w; secure=true wants the port of tcp_port_secure, 9440", err)
	case errors.Is(err, driver.ErrUnsupportedServerRevision):
		return failed(Error{}, "the server is too old; expected ClickHouse %d.%d or newer", oldestMajor, oldestMinor)
	case errors.As(err, &network) && network.Timeout() && !dialled(err):
		return failed(Error{tooMuch: true}, "no answer within %v; ask for fewer years or products, or raise timeout=%v in the address", c.timeout, c.timeout)
	case dialled(err):
		return failed(Error{outage: true}, "does not answer: %w; is the server up, and the port that of the native protocol (9000, or 9440 with secure=true)?", err)
	case broken(err):
		return failed(Error{outage: true}, "the connection broke: %w; was the server stopped, is it a ClickHouse of the native protocol (port 9000), does it need secure=true?", err)
	}
	return failed(Error{}, "%w", err)
}

func isException(err error) bool {
	var exception *driver.Exception
	return errors.As(err, &exception)
}

// dialled says that there is no connection at all.
func dialled(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) || errors.Is(err, driver.ErrAcquireConnTimeout)
}

// broken says that a connection could not be made or ended before its time, so that the same may work elsewhere or again.
// A statement that takes too long is not asked again.
func broken(err error) bool {
	var exception *driver.Exception
	if errors.As(err, &exception) {
		return exception.Code == codeShuttingDown
	}
	return dialled(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNREFUSED)
}

// refused says that a statement never reached the server.
func refused(err error) bool { return err != nil && dialled(err) }
