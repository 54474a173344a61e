package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"chokepoint/clickhouse"
	"chokepoint/fault"
	"chokepoint/pages"
	"chokepoint/server"
	"chokepoint/store"
	"chokepoint/study"
)

// defaultAddr is where the server listens unless told otherwise: on this computer alone.
const defaultAddr = "127.0.0.1:8080"

// serving are the flags of `chokepoint serve`.
type serving struct {
	addr, tokenFile, certificate, key, log string
	public                                 bool
	limits                                 server.Limits
}

func (a *app) serveCommand() *cobra.Command {
	v := serving{limits: server.DefaultLimits}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer in the browser: pages, the API with its reference, and tools for assistants",
		Long: `Answer over HTTP what the commands answer at the terminal: pages with charts at /, an API under /api/v1 with the same
names of parameters and columns, a page that explains it, and tools for assistants at /mcp. It reads the data folder, or the
ClickHouse server or cluster of --engine, and never writes to it.

On 127.0.0.1, the default, everybody on this computer may ask. On any other address requests must bring a token, read
from --token-file or the environment variable ` + server.TokenVariable + `, or --public says that everybody may ask.`,
		Example: `  chokepoint serve
  chokepoint serve --addr 127.0.0.1:9000 --dataset baci-hs17-v202601
  chokepoint serve --addr :8443 --token-file token.txt --tls-cert cert.pem --tls-key key.pem
  chokepoint serve --addr :8080 --public --rate 5
  chokepoint serve --engine 'clickhouse://reader:password@host:9000/db?cluster=NAME' --scans 8`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), &v) },
	}
	f := cmd.Flags()
	f.StringVar(&v.addr, "addr", defaultAddr, "where to listen, host:port; no host is every address of this computer")
	f.BoolVar(&v.public, "public", false, "let everybody ask, without a token, on an address that is not of this computer alone")
	f.StringVar(&v.tokenFile, "token-file", "", "a file with the token that requests must bring (default: the environment variable "+server.TokenVariable+")")
	f.StringVar(&v.certificate, "tls-cert", "", "certificate (PEM) for HTTPS, with --tls-key")
	f.StringVar(&v.key, "tls-key", "", "key (PEM) of the certificate")
	f.StringVar(&v.log, "log", "text", "form of the log on standard error: text or json")
	f.IntVar(&v.limits.Scans, "scans", v.limits.Scans, "answers computed at a time; others wait")
	f.DurationVar(&v.limits.Wait, "wait", v.limits.Wait, "how long a question waits for its turn before it is sent away")
	f.DurationVar(&v.limits.Time, "time", v.limits.Time, "how long the computation of an answer may take")
	f.Float64Var(&v.limits.Rate, "rate", v.limits.Rate, "requests a second that one client may make; -1 is no limit")
	a.besideFlags(cmd)
	return cmd
}

func (v *serving) check() (local bool, token string, err error) {
	if local, err = server.Loopback(v.addr); err != nil {
		return local, "", fault.Question(err)
	}
	if token, err = server.ReadToken(v.tokenFile); err != nil {
		return local, "", fault.Question(err)
	}
	switch {
	case v.public && token != "":
		err = fault.Questionf("serve: --public and a token contradict each other; want one of them")
	case !local && token == "" && !v.public:
		err = fault.Questionf("serve: %s is open to other computers; want a token (--token-file or %s) or --public", v.addr, server.TokenVariable)
	case (v.certificate == "") != (v.key == ""):
		err = fault.Questionf("serve: --tls-cert and --tls-key go together")
	case v.log != "text" && v.log != "json":
		err = fault.Questionf("--log %q: want text or json", v.log)
	case v.limits.Scans < 1 || v.limits.Wait <= 0 || v.limits.Time <= 0 || v.limits.Rate == 0:
		err = fault.Questionf("serve: --scans, --wait and --time must be above zero, --rate above zero or -1")
	}
	return local, token, err
}

func (a *app) serve(ctx context.Context, v *serving) error {
	local, token, err := v.check()
	if err != nil {
		return err
	}
	config, err := a.serverConfig()
	if err != nil {
		return err
	}
	a.tellChoice()
	var handler slog.Handler = slog.NewTextHandler(a.err, nil)
	if v.log == "json" {
		handler = slog.NewJSONHandler(a.err, nil)
	}
	config.Token, config.Local, config.Secure, config.Log, config.Limits = token, local, v.certificate != "", slog.New(handler), v.limits
	s, err := server.New(config)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", v.addr)
	if err != nil {
		return err
	}
	scheme := "http"
	if config.Secure {
		scheme = "https"
	}
	fmt.Fprintf(a.out, "Chokepoint answers at %s://%s/ (Ctrl-C stops it)\n", scheme, l.Addr())
	if token != "" && !config.Secure && !local {
		config.Log.Warn("the token travels without encryption; want --tls-cert and --tls-key, or a proxy that encrypts")
	}
	return s.Serve(ctx, l, v.certificate, v.key)
}

// tellChoice says on standard error what a server begins with. Where nothing is chosen it asks, question by question.
func (a *app) tellChoice() {
	if a.dataset == "" && a.engine == "" {
		_, _ = a.choice()
	}
}

func (a *app) serverConfig() (server.Config, error) {
	library, err := a.library()
	if err != nil {
		return server.Config{}, err
	}
	beside, err := a.besideAll()
	if err != nil {
		return server.Config{}, err
	}
	blocs, err := a.blocTable()
	return server.Config{Library: library, Dataset: a.dataset, Blocs: blocs, Beside: beside, Program: "chokepoint " + version, Site: pages.New}, err
}

// library is the cluster of --engine, else the data folder.
func (a *app) library() (server.Library, error) {
	if a.engine != "" {
		c, err := a.cluster(a.ctx)
		if err != nil {
			return nil, err
		}
		return cluster{c}, nil
	}
	dir, err := a.dataDir()
	return server.Folder(dir), err
}

// cluster is a library on a cluster.
type cluster struct{ *clickhouse.Cluster }

// Manifests implements server.Library.
func (c cluster) Manifests(ctx context.Context) ([]store.Manifest, error) { return c.List(ctx) }

// InUse implements server.Library: a cluster keeps no choice.
func (c cluster) InUse() (string, error) { return "", nil }

// Open implements server.Library.
func (c cluster) Open(ctx context.Context, name string) (*server.Volume, error) {
	e, err := c.Cluster.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return &server.Volume{Dataset: e.Dataset, Engine: func() (study.Engine, error) { return e.Session(), nil }, Close: e.Close}, nil
}

func (a *app) mcpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Answer an assistant over standard input and output (Model Context Protocol)",
		Long: `Answer an assistant that starts this program, over standard input and output, by the Model Context Protocol. The tools
are the questions of the command line with the same names of parameters and columns; they read the data folder, or the
ClickHouse server or cluster of --engine, alone.`,
		Example: "  chokepoint mcp\n  chokepoint mcp --dataset baci-hs17-v202601",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := a.serverConfig()
			if err != nil {
				return err
			}
			a.tellChoice()
			s, err := server.New(config)
			if err != nil {
				return err
			}
			defer s.Close()
			return s.ServeTools(cmd.Context(), os.Stdin, os.Stdout)
		},
	}
	a.besideFlags(cmd)
	return cmd
}
