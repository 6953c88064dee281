using System.CommandLine;
using System.CommandLine.Help;
using Zanshin.Bench.Commands;

var root = new Command("bench", "Measures worker and queue against their goals; the results are kept in bench/results.") { new HelpOption() };
foreach (Command command in Benchmarks.All().Concat(Children.All()))
    root.Add(command);
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = true });
