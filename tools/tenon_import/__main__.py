from tenon_import.cli import main

raise SystemExit(main())
