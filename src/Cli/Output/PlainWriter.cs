using System.Globalization;
using System.Text;
using Platform.Contracts;

namespace Platform.Cli.Output;

/// <summary>Writes plain text alone to another writer: see <see cref="PlainText"/>.</summary>
internal sealed class PlainWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    public TextWriter Inner => inner;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => inner.Write(value is null ? null : PlainText.Of(value));

    public override void WriteLine() => inner.WriteLine();

    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : PlainText.Of(value));

    public override void Flush() => inner.Flush();
}
