// Package loop illustrates a reinforcing loop: deployment of a technology feeds demand, demand feeds learning, and learning feeds
// deployment, at a cost to the state and with a drag by misallocation. It simulates the loop, fits experience curves, tests them on the
// past, and says which inputs decide. It is an illustration with stated inputs, never a forecast, and no verdict on anything.
//
// The equations are in the table of equation.go, the inputs in that of input.go and their values in data/parameters.toml.
package loop
