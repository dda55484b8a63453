using System.Buffers;
using System.Text.Json;

namespace Platform.ProviderSimulator.Wire;

/// <summary>The events of one stream, in one vendor's shape.</summary>
internal abstract class StreamEvents
{
    /// <summary>An event of nothing but padding is these two with the padding's field between them.</summary>
    public abstract (byte[] Head, byte[] Tail) Padding { get; }

    /// <summary>What comes before the first token.</summary>
    public abstract void WriteStart(IBufferWriter<byte> output);

    /// <param name="index">Among the tokens that are shown.</param>
    public abstract void WriteToken(IBufferWriter<byte> output, int index);

    /// <summary>The finish, the usage, the end marker.</summary>
    public abstract void WriteEnd(IBufferWriter<byte> output);

    public abstract void WriteError(IBufferWriter<byte> output, ProviderError error);

    /// <summary>An event whose JSON breaks off.</summary>
    public abstract void WriteMalformed(IBufferWriter<byte> output);

    /// <summary>An event with this object as its data.</summary>
    protected static void WriteEvent(IBufferWriter<byte> output, string? name, Action<Utf8JsonWriter> write)
    {
        if (name is not null)
        {
            output.Write("event: "u8);
            output.Write(System.Text.Encoding.ASCII.GetBytes(name));
            output.Write("\n"u8);
        }
        output.Write("data: "u8);
        using (var writer = new Utf8JsonWriter(output))
        {
            write(writer);
        }
        output.Write("\n\n"u8);
    }
}
