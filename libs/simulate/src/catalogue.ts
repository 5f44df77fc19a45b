import { createRandom } from '@gondola/stream';

export interface Store {
  readonly storeId: string;
  readonly name: string;
  readonly city: string;
  /** What refills it. */
  readonly warehouseId: string;
  /** False: it sends tills only, its shelves can at most be `silent`. */
  readonly sendsInventory: boolean;
  /** Demand against an average store. */
  readonly size: number;
}

export interface Item {
  readonly itemId: string;
  readonly gtin: string;
  readonly name: string;
  readonly category: string;
  readonly price: number;
  /** Units an average store could sell on an average day. */
  readonly demandPerDay: number;
}

export const CURRENCY = 'COP';

const PLACES: readonly (readonly [city: string, quarter: string])[] = [
  ['Bogotá', 'Chapinero'],
  ['Medellín', 'El Poblado'],
  ['Bogotá', 'Usaquén'],
  ['Cali', 'San Fernando'],
  ['Medellín', 'Laureles'],
  ['Bogotá', 'Teusaquillo'],
  ['Barranquilla', 'El Prado'],
  ['Cali', 'Granada'],
  ['Cartagena', 'Manga'],
  ['Bucaramanga', 'Cabecera'],
];

const WAREHOUSES: Readonly<Record<string, string>> = {
  Bogotá: 'W01',
  Bucaramanga: 'W01',
  Medellín: 'W02',
  Cali: 'W02',
  Barranquilla: 'W03',
  Cartagena: 'W03',
};

/** name, price, units a day */
const SHELVES: Readonly<Record<string, readonly (readonly [name: string, price: number, perDay: number])[]>> =
  {
    dairy: [
      ['Leche entera 1 L', 4_600, 52],
      ['Leche deslactosada 1 L', 5_100, 38],
      ['Yogur natural 150 g', 3_200, 26],
      ['Queso campesino 250 g', 9_800, 18],
      ['Mantequilla con sal 250 g', 11_500, 11],
      ['Huevos AA x 12', 8_900, 34],
    ],
    bakery: [
      ['Pan tajado blanco 500 g', 6_700, 30],
      ['Arepas de maíz x 5', 4_200, 33],
      ['Croissant x 4', 9_900, 12],
      ['Galletas de avena 300 g', 7_400, 14],
    ],
    produce: [
      ['Banano kg', 3_100, 44],
      ['Tomate chonto kg', 4_900, 36],
      ['Aguacate Hass unidad', 2_900, 40],
      ['Papa pastusa kg', 2_700, 42],
      ['Cilantro manojo', 1_500, 16],
      ['Limón Tahití kg', 5_200, 20],
    ],
    pantry: [
      ['Arroz blanco 1 kg', 4_900, 32],
      ['Fríjol cargamanto 500 g', 7_900, 13],
      ['Aceite de girasol 900 ml', 13_900, 17],
      ['Pasta spaghetti 500 g', 3_900, 22],
      ['Atún en agua 160 g', 6_300, 24],
      ['Panela 500 g', 4_100, 15],
      ['Sal refinada 1 kg', 2_300, 9],
      ['Azúcar blanca 1 kg', 4_700, 16],
    ],
    beverages: [
      ['Café molido 500 g', 21_900, 19],
      ['Chocolate de mesa 250 g', 8_200, 12],
      ['Agua sin gas 600 ml', 2_000, 48],
      ['Gaseosa cola 1.5 L', 6_500, 35],
      ['Jugo de mora 1 L', 6_900, 15],
      ['Cerveza rubia 330 ml', 3_600, 41],
    ],
    meat: [
      ['Pechuga de pollo kg', 17_900, 21],
      ['Carne molida 500 g', 14_500, 18],
      ['Jamón de cerdo 250 g', 9_400, 14],
      ['Salchichas x 8', 8_700, 16],
    ],
    home: [
      ['Papel higiénico x 12', 22_900, 18],
      ['Detergente en polvo 1 kg', 12_400, 12],
      ['Jabón líquido 500 ml', 9_900, 9],
      ['Bolsas de basura x 20', 7_800, 8],
    ],
    baby: [
      ['Pañales etapa 3 x 30', 38_900, 10],
      ['Toallitas húmedas x 80', 9_700, 12],
      ['Compota de pera 113 g', 3_400, 13],
    ],
  };

const BRANDS = ['La Colina', 'Del Valle', 'Sierra', 'Don Tulio', 'Mañana', 'Brisa', 'El Roble', 'Norte'];

export function createStores(count: number, seed: number, allSendInventory = false): Store[] {
  return Array.from({ length: count }, (_, index) => {
    const [city, quarter] = PLACES[index % PLACES.length];
    const round = Math.floor(index / PLACES.length);
    return {
      storeId: `S${String(index + 1).padStart(3, '0')}`,
      name: `Góndola ${quarter}${round > 0 ? ` ${round + 1}` : ''}`,
      city,
      warehouseId: WAREHOUSES[city],
      sendsInventory: allSendInventory || index % 3 !== 2,
      size: 0.8 + 0.5 * createRandom(seed, 1, index).unit(),
    };
  });
}

/** Items of all categories in turn, so that a short list has some of each; a longer one has more brands. */
export function createItems(count: number, seed: number, demand = 1): Item[] {
  const kinds = interleave(
    Object.entries(SHELVES).map(([category, rows]) =>
      rows.map(([name, price, perDay]) => ({ category, name, price, perDay })),
    ),
  );
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length];
    const round = Math.floor(index / kinds.length);
    const random = createRandom(seed, 2, index);
    return {
      itemId: String(100_001 + index),
      gtin: gtinOf(index),
      name: round === 0 ? kind.name : `${kind.name} ${brandOf(round - 1)}`,
      category: kind.category,
      price: Math.round((kind.price * (0.9 + 0.2 * random.unit())) / 50) * 50,
      demandPerDay: demand * kind.perDay * (0.8 + 0.4 * random.unit()),
    };
  });
}

const MODULES = 8;

/** As people of the store say it: an aisle for each category, which every store counts from another end. */
export function bayOf(storeIndex: number, category: string, itemId: string): string {
  const categories = Object.keys(SHELVES);
  const aisle = ((categories.indexOf(category) + storeIndex) % categories.length) + 1;
  return `Pasillo ${aisle}, módulo ${(Number(itemId) % MODULES) + 1}`;
}

function brandOf(round: number): string {
  const series = Math.floor(round / BRANDS.length);
  return BRANDS[round % BRANDS.length] + (series > 0 ? ` ${series + 1}` : '');
}

function interleave<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap((list) => list.slice(index, index + 1)),
  ).flat();
}

/** A GTIN-13 of Colombia's prefix with a valid check digit. */
function gtinOf(index: number): string {
  const digits = `7709${String(index).padStart(8, '0')}`;
  const sum = [...digits].reduce(
    (total, digit, place) => total + Number(digit) * (place % 2 === 0 ? 1 : 3),
    0,
  );
  return digits + String((10 - (sum % 10)) % 10);
}
