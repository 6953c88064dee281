using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Zanshin.Map.Tests;

/// <summary>The metadata tokens in a method's IL: everything that it calls, reads or makes.</summary>
internal static class MethodTokens
{
    private const byte TwoBytes = 0xFE;

    private static readonly Dictionary<ushort, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static f => (OpCode)f.GetValue(null)!)
        .ToDictionary(static o => unchecked((ushort)o.Value), static o => o.OperandType);

    public static List<EntityHandle> Of(ReadOnlySpan<byte> il)
    {
        List<EntityHandle> tokens = [];
        while (!il.IsEmpty)
        {
            int length = il[0] == TwoBytes ? 2 : 1;
            OperandType operand = Operands[length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(il) : il[0]];
            il = il[length..];
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                tokens.Add(MetadataTokens.EntityHandle(BinaryPrimitives.ReadInt32LittleEndian(il)));
            il = il[Size(operand, il)..];
        }
        return tokens;
    }

    private static int Size(OperandType operand, ReadOnlySpan<byte> rest) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BinaryPrimitives.ReadInt32LittleEndian(rest),
        _ => 4,
    };
}
