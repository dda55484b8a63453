using Platform.Cli.Output;

namespace Platform.Cli.Tests;

public sealed class ProgressLineTests
{
    [Fact]
    public void A_bar_of_work_that_is_stopped_ends_its_line_once_and_one_that_was_never_drawn_writes_nothing()
    {
        using var terminal = new StringWriter { NewLine = "\n" };
        var environment = new KtEnvironment(TextWriter.Null, TextWriter.Null, TimeProvider.System, _ => null, _ => null, null);
        using (new ProgressLine(environment, "calls", 4000, terminal))
        {
        }

        Assert.Empty(terminal.ToString());
        using (var progress = new ProgressLine(environment, "calls", 4000, terminal))
        {
            progress.Advance(1000);
            progress.Dispose();
        }

        Assert.Equal("\r[#######.......................] 1,000 of 4,000 calls\n", terminal.ToString());
    }
}
