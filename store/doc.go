// Package store keeps datasets of trade flows: immutable folders of columnar files that other tools can open too.
//
// # A dataset
//
//	DATA/                                the data folder
//	└── baci-hs17-v202601/               a dataset; the folder's name is its name
//	    ├── .lock                        held by the process that writes it
//	    ├── manifest.json                what it is, from where, checksums; names the generation (see Manifest)
//	    └── 1864f0c2a1b2c3d4/            the generation: the files of one ingest
//	        ├── blocks-2023.1024.crc32c  checksums of the blocks of a year's files
//	        ├── flows-2023.arrow
//	        ├── flows-2024.arrow         one file a year
//	        ├── index-2024.arrow         and one of its sums
//	        ├── economies.csv            code,iso3,iso2,name,kind: the release's list of economies
//	        └── products.csv             code,description: the release's list of products
//
// A draft writes a generation of its own, syncs files and folders, and renames its manifest over the old one. Whenever it
// is killed, readers find the old dataset or the new one, whole. What dead drafts leave is removed by the next Create.
// Readers that have an old generation mapped keep it, where the platform maps files.
//
// The last line of a manifest is its own checksum: the SHA-256 of the file without these 64 digits. Whatever is changed in it is
// found when the dataset is opened, and so is a change of a list of codes. Manifests before format 3 have none.
//
// # The flows of a year
//
// An Arrow IPC file (Feather version 2), uncompressed, little-endian, one row per product, products in ascending order:
//
//	product   utf8                 six characters
//	importer  list<uint16>         BACI codes ┐ sorted by importer, then exporter,
//	exporter  list<uint16>         BACI codes │ without duplicates and self-flows;
//	value     list<float64>        US dollars │ the four lists of a row have the same length,
//	quantity  list<float64|null>   tonnes     ┘ which is never 0
//
// quantity is absent in a year in which no tonnes are known. Where they are unknown for a flow, it is null and its slot
// holds NaN, so that a program that reads the raw slots sees no number. Nothing else is ever null.
//
//	0 ┌──────────────────────────┐
//	  │ "ARROW1" 00 00           │
//	8 ├──────────────────────────┤
//	  │ schema                   │ names and types of the columns, and as metadata
//	  │                          │   chokepoint.format, chokepoint.year,
//	  │                          │   chokepoint.value, chokepoint.quantity (the units)
//	  ├──────────────────────────┤ ┐
//	  │ batch 0: header          │ │ whole products, until there are 2^18 flows or more
//	  │ batch 0: body            │ │
//	  │   product   offsets i32  │ │ rows+1, in bytes
//	  │             characters   │ │ 6 × rows
//	  │   importer  offsets i32  │ │ rows+1, in flows: the index ┐
//	  │             codes   u16  │ │ one a flow                  │ the same in
//	  │   exporter  offsets i32  │ │                             │ each list
//	  │             codes   u16  │ │ one a flow                  │
//	  │   value     offsets i32  │ │                             │
//	  │             dollars f64  │ │ one a flow                  │
//	  │   quantity  offsets i32  │ │                             ┘
//	  │             known   bits │ │ one a flow, absent where all of the batch are known
//	  │             tonnes  f64  │ │ one a flow
//	  ├──────────────────────────┤ ┘
//	  │ batch 1 …                │
//	  ├──────────────────────────┤
//	  │ end marker, footer       │ schema again, place of each batch
//	  │ length i32, "ARROW1"     │
//	  └──────────────────────────┘
//
// Every buffer begins at a multiple of 8 bytes. The flows of row r of a batch are items offsets[r] up to offsets[r+1] of
// each list: a program that maps the file reads the flows of a product as slices, without copying or decoding, and
// without an index of its own. testdata/tiny.txt shows a file buffer by buffer. Several batches a file bound the memory of
// the writer; 32-bit offsets bound a batch to 2^31 flows, which no product comes near.
//
// # The index of a year
//
// A second Arrow file has the same products in the same batches, and sums over their flows: see Index and, from format 5 on, what Year.Inner
// and Year.Weighed return.
//
//	product       utf8
//	world         float64        exports of all, US dollars
//	importer      list<uint16>   BACI codes, ascending ┐
//	first         list<int32>    place of its first    │ of the same length
//	                             flow in the lists     │
//	imports       list<float64>  US dollars            ┘
//	exporter      list<uint16>   BACI codes, ascending ┐ of the same length,
//	exports       list<float64>  US dollars            ┘ as are priced and tonnes
//	inner         list<float64>  for each bloc in the metadata chokepoint.blocs what its members sell to one another, US dollars
//	world_priced  float64        flows whose weight is known and not 0: US dollars ┐
//	world_tonnes  float64        and tonnes,                                       │ absent in a year
//	priced        list<float64>  of each exporter: US dollars                      │ without quantities
//	tonnes        list<float64>  and tonnes                                        ┘
//
// Sums are added up in the order of the flows, so that they are to the last bit what a reader of the flows finds.
//
// # Checksums of blocks
//
// blocks-YEAR.1024.crc32c holds a CRC-32C (Castagnoli), four bytes little-endian, of each 1024 bytes of the file of flows (4096 in
// format 3), the last of which may be fewer, and then of each 4096 bytes of the index. A block is compared with its checksum before anything in it is used, once for
// each time that the file is mapped; a question that meets another block ends with a DamagedError, by fault.Throw. What opening a year
// reads is compared then, the numbers of the index and of flows when a question asks for them. A year without such a file, of a format
// before 3, is checked for values out of bounds.
//
// The package knows nothing of where flows come from or what is computed from them, and must never import ingest,
// kernel, method or analysis.
package store
