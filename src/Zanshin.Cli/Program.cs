return await Zanshin.Cli.Tool.RunAsync(args);
